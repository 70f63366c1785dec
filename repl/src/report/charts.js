"use strict";
// What the figures are: options of ECharts for the data of a report, in the colours of a palette. No browser is asked for
// anything here, so the same options are drawn in the page and, without one, as pictures.
const PALETTES = {
    light: {
        paper: "#ffffff", ink: "#1d2329", quiet: "#5b6570", line: "#d9dee3", wash: "#f5f7f9", mark: "#7f96ad",
        focus: "#c2005f", kinds: ["#0b5cad", "#b3540a", "#6b7480"], bad: "#b3261e", warn: "#b3540a", info: "#0b5cad",
        heat: ["#fbe3e4", "#f7a8b8", "#e0559a", "#a81283", "#49006a"],
    },
    dark: {
        paper: "#15191e", ink: "#dde3e9", quiet: "#9aa5b0", line: "#333b44", wash: "#1d232a", mark: "#6f859b",
        focus: "#ff5fae", kinds: ["#79b8ff", "#ffb77a", "#9aa5b0"], bad: "#ff8a80", warn: "#ffb77a", info: "#79b8ff",
        heat: ["#3a1f52", "#7b2382", "#c43c75", "#f8765c", "#fcecae"],
    },
};
// Without quotation marks: drawings hold it in an attribute.
const FONT = "system-ui, DejaVu Sans, Liberation Sans, Noto Sans, sans-serif";

function bytes(n) {
    const units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let unit = 0;
    while (n >= 1000 && unit + 1 < units.length) { n /= 1000; unit++; }
    return unit ? n.toFixed(2) + " " + units[unit] : Math.round(n) + " B";
}
function duration(micros) {
    if (micros < 1e3) return micros + " µs";
    if (micros < 1e6) return +(micros / 1e3).toPrecision(3) + " ms";
    return +(micros / 1e6).toPrecision(3) + " s";
}
const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
// A name may be anything, and tooltips are HTML.
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const safe = (text) => String(text).replace(/[&<>"]/g, (c) => ENTITIES[c]);

// What all figures have in common. `told`: the figure in words.
function common(palette, told) {
    return {
        animation: false,
        backgroundColor: palette.paper,
        textStyle: { fontFamily: FONT, color: palette.ink, fontSize: 13 },
        aria: { enabled: true, label: { enabled: true, description: told } },
        tooltip: {
            confine: true, backgroundColor: palette.ink, borderWidth: 0,
            textStyle: { color: palette.paper, fontFamily: FONT, fontSize: 13 },
        },
    };
}
function axis(palette, more) {
    return {
        axisLine: { lineStyle: { color: palette.quiet } }, axisTick: { lineStyle: { color: palette.quiet } },
        splitLine: { lineStyle: { color: palette.line } }, nameTextStyle: { color: palette.quiet, fontFamily: FONT },
        ...more,
        axisLabel: { color: palette.ink, fontFamily: FONT, fontSize: 13, ...more.axisLabel },
    };
}
const legend = (palette, more) => ({ textStyle: { color: palette.ink, fontFamily: FONT, fontSize: 13 }, ...more });

// ---- Figure 1: which share takes less than a time ----

function times(data, palette) {
    const names = ["root transactions", "longest silence of a tree"];
    const half = (shares) => duration((shares.find(([, share]) => share >= 0.5) ?? [0])[0]);
    const told = `Half of the root transactions take less than ${half(data.times[0])}, half of the trees are silent ` +
        `for less than ${half(data.times[1])}.`;
    const longest = data.times.flat().reduce((most, [time]) => Math.max(most, time), 1e6);
    return {
        ...common(palette, told),
        color: palette.kinds,
        legend: legend(palette, { data: names, top: 0, left: 56 }),
        grid: { left: 56, right: 28, top: 36, bottom: 48 },
        tooltip: {
            ...common(palette).tooltip, trigger: "axis",
            formatter: (points) => [`under ${duration(points[0].value[0])}`, ...points.map((point) =>
                `${point.marker} ${point.seriesName}: ${(point.value[1] * 100).toFixed(2)} %`)].join("<br>"),
        },
        xAxis: axis(palette, { type: "log", min: 1000, max: longest, axisLabel: { formatter: duration },
            name: "less than", nameLocation: "middle", nameGap: 28, minorSplitLine: { show: true, lineStyle: { color: palette.wash } } }),
        yAxis: axis(palette, { type: "value", max: 1, axisLabel: { formatter: (share) => share * 100 + " %" } }),
        series: data.times.map((shares, place) => ({
            name: names[place], type: "line", step: "end", showSymbol: false,
            lineStyle: { width: 2.2, type: place ? [7, 4] : "solid" },
            data: [[1000, 0], ...shares].map(([time, share]) => [Math.max(time, 1000), share]),
        })),
    };
}

// ---- bars that lie, a name before each ----

// `bars`: { name, group, value, text, tip }, a series for each group.
function lying(bars, groups, colours, palette, told) {
    const places = bars.map((_, place) => place);
    const value = (bar) => ({ value: bar.value, label: { formatter: bar.text } });
    return {
        ...common(palette, told),
        color: colours,
        legend: legend(palette, { data: groups, top: 0, left: 0, show: groups.length > 1 }),
        grid: { left: 24, right: 132, top: groups.length > 1 ? 36 : 8, bottom: 8, containLabel: true },
        tooltip: { ...common(palette).tooltip, formatter: (point) => bars[point.dataIndex].tip },
        xAxis: { type: "value", show: false },
        yAxis: axis(palette, { type: "category", inverse: true, data: places, axisTick: { show: false },
            axisLine: { show: false }, axisLabel: { interval: 0, formatter: (place) => bars[place].name,
                overflow: "truncate", width: 260 } }),
        series: groups.map((group) => ({
            name: group, type: "bar", stack: "all", barWidth: 16,
            label: { show: true, position: "right", color: palette.ink, fontFamily: FONT, fontSize: 13 },
            data: bars.map((bar) => (bar.group === group ? value(bar) : "-")),
        })),
    };
}
const lyingHeight = (bars) => 24 * bars + 56;

// Figure 4: why legs cross the distribution layer.
function reasons(data, palette) {
    const groups = [...new Set(data.reasons.map((row) => row.kind))];
    const bars = data.reasons.map((row) => ({
        name: row.why, group: row.kind, value: row.bytes, text: bytes(row.bytes),
        tip: `${safe(row.kind)}, ${safe(row.why)}: ${bytes(row.bytes)}, ${row.share}<br>${safe(row.meaning)}`,
    }));
    const told = data.reasons.map((row) => `${row.kind}, ${row.why}: ${bytes(row.bytes)}`).join("; ");
    return lying(bars, groups, palette.kinds, palette, told);
}

// What follows from the worst failures.
function worst(data, palette) {
    const rows = data.sweep.worst;
    const most = (key) => Math.max(1, ...rows.map((row) => row[key]));
    // Sessions are what is lost at last; where none are, pairs of processes that cannot talk.
    const [key, what] = [["sessions_lost", "sessions lost"], ["cut", "pairs cut"], ["overloaded", "links overloaded"]]
        .find(([key]) => rows.some((row) => row[key] > 0)) ?? ["worst_percent", "% used of a link"];
    const bars = rows.map((row) => ({
        name: row.element, group: what, value: row[key] || most(key) / 1e3, text: grouped(row[key]),
        tip: `${safe(row.element)} (${safe(row.kind)})<br>${grouped(row.services_down)} services down<br>` +
            `${grouped(row.sessions_lost)} sessions lost<br>${grouped(row.cut)} pairs cut<br>` +
            `${grouped(row.overloaded)} links overloaded<br>the link used most: ${grouped(row.worst_percent)} %`,
    }));
    const told = `By ${what}: ` + rows.map((row) => `${row.element} ${row[key]}`).join("; ");
    const option = lying(bars, [what], [palette.bad], palette, told);
    const quiet = { color: palette.quiet, fontFamily: FONT, fontSize: 13, fontWeight: "normal" };
    option.title = { text: what, textStyle: quiet, left: 0 };
    option.grid.top = 30;
    return option;
}

// How much of the links between two tiers is used, as things are and after the worst failure.
function headroom(data, palette) {
    const rows = data.headroom;
    const names = ["as things are", "after the worst failure"];
    const told = rows.map((row) => `${row.from} to ${row.to}: ${row.percent} % used` +
        (row.without ? `, ${row.worst_percent} % without ${row.without}` : "")).join("; ");
    return {
        ...common(palette, told),
        color: [palette.kinds[0], palette.bad],
        legend: legend(palette, { data: names, top: 0, left: 0 }),
        grid: { left: 12, right: 70, top: 36, bottom: 32, containLabel: true },
        tooltip: { ...common(palette).tooltip, trigger: "axis", axisPointer: { type: "shadow" },
            formatter: (points) => safe(told.split("; ")[points[0].dataIndex]) },
        xAxis: axis(palette, { type: "value", max: ({ max }) => Math.max(10, max),
            axisLabel: { formatter: "{value} %" } }),
        yAxis: axis(palette, { type: "category", inverse: true, data: rows.map((row) => `${row.from} to ${row.to}`),
            axisTick: { show: false }, axisLabel: { interval: 0 } }),
        series: names.map((name, place) => ({
            name, type: "bar", barWidth: 10,
            label: { show: true, position: "right", color: palette.ink, fontFamily: FONT, formatter: "{c} %" },
            data: rows.map((row) => (place ? row.worst_percent : row.percent)),
            markLine: place ? undefined : { silent: true, symbol: "none", lineStyle: { color: palette.bad, type: [4, 4] },
                label: { show: false }, data: rows.some((row) => row.worst_percent >= 60) ? [{ xAxis: 100 }] : [] },
        })),
    };
}

// How many tuples each violated invariant has.
function violations(data, palette) {
    const rows = data.violations;
    const groups = ["error", "warning", "info"].filter((severity) => rows.some((row) => row.severity === severity));
    const colours = { error: palette.bad, warning: palette.warn, info: palette.info };
    const bars = rows.map((row) => ({
        name: row.name, group: row.severity, value: row.count, text: grouped(row.count),
        tip: `${safe(row.name)}: ${grouped(row.count)}`,
    }));
    const told = rows.map((row) => `${row.severity} ${row.name}: ${row.count}`).join("; ");
    return lying(bars, groups, groups.map((severity) => colours[severity]), palette, told);
}

// Which elements requests that went wrong have in common, and how far.
function suspects(data, palette) {
    const rows = data.health.suspects;
    const bars = rows.map(([name, score]) => ({ name, group: "score", value: score, text: score.toFixed(3),
        tip: `${safe(name)}: ${score.toFixed(3)}` }));
    const told = rows.map(([name, score]) => `${name} ${score.toFixed(3)}`).join("; ");
    return lying(bars, ["score"], [palette.warn], palette, told);
}

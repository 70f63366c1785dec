"use strict";
// Figures 5 and 6: who sends how much to whom through the distribution layer. Thousands of rows are more than a screen has
// points, so what is in sight is summed up to at most `most` parts a side; a part never holds a piece of one farm and a
// piece of another, so farms stay blocks. Nearer, parts get smaller down to single processes.
const HEAT = { left: 118, right: 16, top: 8, bottom: 156, most: 96 };

// Where the parts of [from, to) begin, and where the last ends. Farms that are smaller than a part share one.
function parts(groups, from, to, most) {
    const step = Math.max(1, Math.ceil((to - from) / most)), edges = [from];
    for (const [, start, length] of groups) {
        const a = Math.max(start, from), b = Math.min(start + length, to), open = edges[edges.length - 1];
        if (a >= b) continue;
        if (b - a > step) {
            if (open < a) edges.push(a);
            for (let at = a + step; at < b; at += step) edges.push(at);
            edges.push(b);
        } else if (b - open > step && open < a) edges.push(a);
    }
    if (edges[edges.length - 1] < to) edges.push(to);
    return edges;
}
function placesOf(edges, count) {
    const places = new Int32Array(count).fill(-1);
    for (let part = 0; part + 1 < edges.length; part++) places.fill(part, edges[part], edges[part + 1]);
    return places;
}

// The sums of a map over the parts of a window { rows: [from, to], columns: [from, to] }.
function summed(figure, map, window, most) {
    const down = parts(figure.row_groups, ...window.rows, most);
    const across = parts(figure.column_groups, ...window.columns, most);
    const row = placesOf(down, figure.rows.length), column = placesOf(across, figure.columns.length);
    const width = across.length - 1, sums = new Float64Array(width * (down.length - 1));
    const cells = map.cells;
    let total = 0;
    for (let at = 0; at < cells.length; at += 3) {
        const r = row[cells[at]], c = column[cells[at + 1]];
        if (r < 0 || c < 0) continue;
        sums[r * width + c] += cells[at + 2];
        total += cells[at + 2];
    }
    return { down, across, width, sums, total };
}
const greatest = (found) => found.sums.reduce((most, sum) => Math.max(most, sum), 0);
const whole = (figure) => ({ rows: [0, figure.rows.length], columns: [0, figure.columns.length] });

// What ECharts draws: from and to of column and row, the sum, and its root, which the colour stands for.
function cellsOf(found) {
    const items = [];
    found.sums.forEach((sum, at) => {
        if (sum === 0) return;
        const c = at % found.width, r = (at - c) / found.width;
        items.push([found.across[c], found.down[r], found.across[c + 1], found.down[r + 1], sum, Math.sqrt(sum)]);
    });
    return items;
}

// The names along a side: of single processes where they are few, else of farms and applications that are large enough.
function namesAlong(figure, side, [from, to]) {
    const names = figure[side], groups = figure[side === "rows" ? "row_groups" : "column_groups"];
    const all = new Map();
    if (to - from <= 40) for (let at = Math.ceil(from); at < to; at++) all.set(at + 0.5, names[at]);
    else for (const [name, start, length] of groups) {
        const a = Math.max(start, from), b = Math.min(start + length, to);
        if (b - a >= (to - from) / 40) all.set((a + b) / 2, name);
    }
    return all;
}
function boundaries(groups, [from, to]) {
    const inSight = ([, start, length]) => start < to && start + length > from;
    const wide = groups.filter((group) => group[2] >= (to - from) / 40 && inSight(group));
    return [...new Set(wide.flatMap(([, start, length]) => [start, start + length]))];
}
function side(figure, which, window, palette) {
    const along = namesAlong(figure, which, window);
    return {
        customValues: [...along.keys()],
        formatter: (at) => along.get(at) ?? "",
    };
}

// Who sends to whom, of a part of the figure.
function tipOf(figure, value) {
    const span = (names, from, to) =>
        safe(to - from === 1 ? names[from] : `${names[from]} … ${names[to - 1]} (${to - from})`);
    return `${span(figure.rows, value[1], value[3])}<br>→ ${span(figure.columns, value[0], value[2])}<br>` +
        `<b>${bytes(value[4])}</b>`;
}

function inSight(figure, map, window, top, palette, most) {
    const found = summed(figure, map, window, most ?? HEAT.most);
    const across = boundaries(figure.column_groups, window.columns).map((at) => ({ xAxis: at }));
    const down = boundaries(figure.row_groups, window.rows).map((at) => ({ yAxis: at }));
    return {
        found,
        option: {
            xAxis: { axisLabel: side(figure, "columns", window.columns, palette) },
            yAxis: { axisLabel: side(figure, "rows", window.rows, palette) },
            series: [{
                id: "cells", data: cellsOf(found),
                markLine: { silent: true, symbol: "none", label: { show: false }, data: [...across, ...down],
                    lineStyle: { color: palette.quiet, width: 0.5, type: "solid", opacity: 0.6 } },
            }],
            visualMap: { max: Math.max(1, Math.sqrt(top ?? greatest(found))) },
        },
    };
}

// One map of a figure. `top`: the sum that has the strongest colour, so that maps beside each other can be compared.
function heatmap(figure, map, top, palette, most) {
    const told = `${map.text}: ${bytes(map.total)} through the distribution layer, from ${figure.rows.length} senders to ` +
        `${figure.columns.length} receivers.`;
    const along = (which, more) => axis(palette, {
        type: "value", min: 0, max: figure[which].length, splitLine: { show: false }, axisTick: { show: false },
        name: which === "rows" ? "sender" : "receiver", nameLocation: "middle",
        ...more, axisLabel: { fontSize: 11, overflow: "truncate", hideOverlap: true, ...more.axisLabel },
    });
    const base = {
        ...common(palette, told),
        grid: { left: HEAT.left, right: HEAT.right, top: HEAT.top, bottom: HEAT.bottom, show: true,
            backgroundColor: palette.wash, borderColor: palette.line },
        tooltip: { ...common(palette).tooltip, formatter: (point) => tipOf(figure, point.value) },
        xAxis: along("columns", { nameGap: 96, axisLabel: { rotate: 60, width: 96 } }),
        yAxis: along("rows", { nameGap: 100, inverse: true, axisLabel: { width: 92 } }),
        visualMap: {
            type: "continuous", dimension: 5, seriesIndex: 0, min: 0, max: 1, calculable: false, orient: "horizontal",
            left: 60, bottom: 8, itemHeight: 120, itemWidth: 12, inRange: { color: palette.heat },
            text: ["", ""], textStyle: { color: palette.ink, fontFamily: FONT, fontSize: 12 },
            formatter: (root) => bytes(root * root),
        },
        dataZoom: [
            { type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
            { type: "inside", yAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
        ],
        series: [{
            id: "cells", type: "custom", coordinateSystem: "cartesian2d", clip: true, progressive: 0, data: [],
            encode: { x: [0, 2], y: [1, 3] },
            renderItem: (_, api) => {
                const [x, y] = api.coord([api.value(0), api.value(1)]);
                const [right, bottom] = api.coord([api.value(2), api.value(3)]);
                return { type: "rect", shape: { x, y, width: Math.max(right - x, 1), height: Math.max(bottom - y, 1) },
                    style: { fill: api.visual("color") } };
            },
        }],
    };
    const { option } = inSight(figure, map, whole(figure), top, palette, most);
    return {
        ...base,
        xAxis: { ...base.xAxis, axisLabel: { ...base.xAxis.axisLabel, ...option.xAxis.axisLabel } },
        yAxis: { ...base.yAxis, axisLabel: { ...base.yAxis.axisLabel, ...option.yAxis.axisLabel } },
        visualMap: { ...base.visualMap, ...option.visualMap, text: [bytes(option.visualMap.max ** 2), "0 B"] },
        series: [{ ...base.series[0], ...option.series[0] }],
    };
}

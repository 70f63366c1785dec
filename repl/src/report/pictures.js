"use strict";
// The same figures without a browser: as SVG, which ECharts writes as text.
globalThis.setTimeout ??= () => 0;
globalThis.clearTimeout ??= () => {};
globalThis.console ??= { log() {}, warn() {}, error(text) { throw new Error(text); } };

// The figures by name: what draws them, how wide and how high.
function pictures(data) {
    const all = [
        ["layers", () => layers(data, PALETTES.light, 1200), 1200, 620],
        ["figure-1-times", () => times(data, PALETTES.light), 800, 340],
        ["figure-4-reasons", () => reasons(data, PALETTES.light), 800, lyingHeight(data.reasons.length)],
    ];
    for (const [place, figure] of data.heatmaps.entries()) {
        const sums = figure.maps.map((map) => summed(figure, map, whole(figure), HEAT.most));
        const top = Math.max(1, ...sums.map(greatest));
        for (const map of figure.maps) {
            all.push([`figure-${5 + place}-${map.scenario}`, () => heatmap(figure, map, top, PALETTES.light), 720, 800]);
        }
    }
    const more = (name, draw, rows, height) => {
        if (rows?.length) all.push([name, () => draw(data, PALETTES.light), 800, height(rows.length)]);
    };
    more("worst", worst, data.sweep?.worst, lyingHeight);
    more("headroom", headroom, data.headroom, (rows) => 34 * rows + 76);
    more("suspects", suspects, data.health?.suspects, lyingHeight);
    more("violations", violations, data.violations, lyingHeight);
    return all;
}
function drawn([, option, width, height]) {
    const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
    const what = option();
    // Its words, for those who do not see it.
    const told = what.aria.label.description;
    chart.setOption({ ...what, aria: { enabled: false } });
    const svg = chart.renderToSVGString({ useViewBox: true });
    chart.dispose();
    return svg.replace(">", ` role="img"><title>${safe(told)}</title>`);
}

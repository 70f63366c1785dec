"use strict";
// The topology as layers (Figure 3): a mark for each device, machine, process and application, a row a layer; the joins of
// what is chosen as lines. All joins at once would be a grey area.
function layers(data, palette, width, { chosen, lines } = { chosen: [], lines: [] }) {
    const told = "Layers: " + data.layers.map((layer) => `${layer.items.length} ${layer.name}`).join(", ") + ".";
    const place = new Map();
    data.layers.forEach(({ items }, y) => items.forEach((item, i) => place.set(item, [(i + 0.5) / items.length, y])));
    const at = (item) => place.get(item);
    return {
        ...common(palette, told),
        backgroundColor: palette.wash,
        grid: { left: 150, right: 24, top: 8, bottom: 8 },
        tooltip: { ...common(palette).tooltip, formatter: (point) => safe(data.names[itemOf(data, point)]) },
        xAxis: { type: "value", min: 0, max: 1, show: false },
        yAxis: axis(palette, {
            type: "category", inverse: true, data: data.layers.map((layer) => layer.name), axisTick: { show: false },
            axisLine: { show: false }, axisLabel: { interval: 0, lineHeight: 17,
                formatter: (name, y) => `${name}\n{count|${grouped(data.layers[y].items.length)}}`,
                rich: { count: { color: palette.quiet, fontSize: 12, fontFamily: FONT } } },
        }),
        dataZoom: [
            { type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
        ],
        series: [
            ...data.layers.map((layer, y) => ({
                id: "layer " + y, type: "scatter", symbol: "rect", large: true, largeThreshold: 400, z: 2,
                symbolSize: [Math.max(1, Math.min(14, 0.7 * (width - 174) / layer.items.length)), 22],
                itemStyle: { color: palette.mark }, emphasis: { itemStyle: { color: palette.focus } },
                data: layer.items.map(at),
            })),
            { id: "lines", type: "lines", coordinateSystem: "cartesian2d", silent: true, tooltip: { show: false }, z: 3,
                large: lines.length > 500,
                lineStyle: { color: palette.focus, width: 1, opacity: 0.7, curveness: 0 },
                data: lines.filter(([a, b]) => at(a) && at(b)).map(([a, b]) => ({ coords: [at(a), at(b)] })) },
            { id: "chosen", type: "scatter", symbol: "rect", symbolSize: [6, 26], z: 4,
                itemStyle: { color: palette.focus }, data: chosen.map((item) => ({ value: at(item), item })) },
        ],
    };
}
// What a mark stands for.
const itemOf = (data, point) => point.data?.item ??
    data.layers[Number(point.seriesId.slice("layer ".length))].items[point.dataIndex];

// What an item stands on and hangs from, up to the core, and what stands on it.
function reached(layerOf, near, item) {
    const chosen = new Set([item]), lines = [];
    for (const step of [1, -1]) {
        let open = [item];
        while (open.length) {
            const next = [];
            for (const at of open) for (const other of near[at]) {
                if (!((layerOf.get(other) - layerOf.get(at)) * step > 0)) continue;
                lines.push([at, other]);
                if (!chosen.has(other)) { chosen.add(other); next.push(other); }
            }
            open = next;
        }
    }
    return { chosen: [...chosen], lines };
}

// The way from one machine to another: its links, and the devices at each step.
function wayBetween(data, way, src, dst, hostOf) {
    const end = (n) => (n === -1 ? hostOf(src) : n === -2 ? hostOf(dst) : n);
    const steps = new Map(), lines = [], chosen = new Set([src, dst]);
    for (const [seq, a, b] of way) {
        lines.push([end(a), end(b)]);
        chosen.add(end(a)).add(end(b));
        if (!steps.has(seq)) steps.set(seq, new Set());
        steps.get(seq).add(data.names[end(b)]);
    }
    for (const machine of [src, dst]) if (hostOf(machine) !== machine) lines.push([machine, hostOf(machine)]);
    const start = way.length ? data.names[end(way[0][1])] : "both on one host";
    const text = [start, ...[...steps].map(([, nodes]) => [...nodes].join(" | "))].join("\n  → ");
    return { chosen: [...chosen], lines, text };
}

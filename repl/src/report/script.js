"use strict";
// Draws the layers, the way between two machines, and the heatmaps, from the data that stands in the page.
const data = JSON.parse(document.getElementById("data").textContent);
const names = data.names;
const numbers = new Map(names.map((name, number) => [name, number]));
const tip = document.getElementById("tip");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function show(event, text) {
    tip.textContent = text;
    tip.hidden = !text;
    tip.style.left = Math.min(event.clientX + 14, innerWidth - 260) + "px";
    tip.style.top = event.clientY + 14 + "px";
}

function fitted(canvas) {
    const box = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(box.width * ratio));
    canvas.height = Math.max(1, Math.round(box.height * ratio));
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    return [context, box.width, box.height];
}

function bytes(n) {
    const units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let unit = 0;
    while (n >= 1000 && unit + 1 < units.length) { n /= 1000; unit++; }
    return unit ? n.toFixed(2) + " " + units[unit] : n + " B";
}

// ---- the layers ----

const near = names.map(() => []);
for (const [a, b] of data.joins) { near[a].push(b); near[b].push(a); }
const layerOf = new Map();
data.layers.forEach((layer, place) => layer.items.forEach((item, i) => layerOf.set(item, [place, i])));
const canvas = document.getElementById("layers");
let chosen = new Set(), lines = [];
const MARGIN = 150;

function position(item, width, height) {
    const found = layerOf.get(item);
    if (!found) return null;
    const [layer, i] = found, n = data.layers[layer].items.length;
    return [MARGIN + (i + 0.5) * (width - MARGIN - 20) / n, (layer + 0.5) * height / data.layers.length];
}

function drawLayers() {
    const [context, width, height] = fitted(canvas);
    context.clearRect(0, 0, width, height);
    context.font = "13px system-ui, sans-serif";
    const tall = Math.min(26, height / data.layers.length / 2);
    data.layers.forEach((layer, place) => {
        const y = (place + 0.5) * height / data.layers.length, n = layer.items.length;
        context.fillStyle = colour("--ink");
        context.fillText(layer.name, 12, y);
        context.fillStyle = colour("--quiet");
        context.fillText(String(n), 12, y + 16);
        context.fillStyle = colour("--mark");
        const room = (width - MARGIN - 20) / n, wide = Math.max(0.6, Math.min(14, room * 0.7));
        for (let i = 0; i < n; i++) context.fillRect(MARGIN + (i + 0.5) * room - wide / 2, y - tall / 2, wide, tall);
    });
    context.strokeStyle = colour("--focus");
    context.globalAlpha = 0.7;
    for (const [a, b] of lines) {
        const from = position(a, width, height), to = position(b, width, height);
        if (!from || !to) continue;
        context.beginPath();
        context.moveTo(...from);
        context.lineTo(...to);
        context.stroke();
    }
    context.globalAlpha = 1;
    context.fillStyle = colour("--focus");
    for (const item of chosen) {
        const at = position(item, width, height);
        if (at) context.fillRect(at[0] - 3, at[1] - tall / 2 - 2, 6, tall + 4);
    }
}

function itemAt(event) {
    const box = canvas.getBoundingClientRect();
    const layer = Math.floor((event.clientY - box.top) / box.height * data.layers.length);
    const items = data.layers[layer]?.items;
    if (!items || event.clientX - box.left < MARGIN) return null;
    const i = Math.floor((event.clientX - box.left - MARGIN) / ((box.width - MARGIN - 20) / items.length));
    return items[i] ?? null;
}

// What something stands on and hangs from, up to the core, and what stands on it.
function select(item) {
    chosen = new Set([item]);
    lines = [];
    const level = (n) => layerOf.get(n)?.[0];
    for (const step of [1, -1]) {
        let open = [item];
        while (open.length) {
            const next = [];
            for (const at of open) for (const other of near[at]) {
                const ahead = (level(other) - level(at)) * step > 0;
                if (!ahead || (step > 0 && level(at) < level(item))) continue;
                lines.push([at, other]);
                if (!chosen.has(other)) { chosen.add(other); next.push(other); }
            }
            open = next;
        }
    }
    document.getElementById("found").textContent =
        names[item] + ": " + data.layers[level(item)].name + ", joined to " +
        near[item].slice(0, 12).map((n) => names[n]).join(", ") + (near[item].length > 12 ? ", …" : "");
    drawLayers();
}

canvas.addEventListener("mousemove", (event) => {
    const item = itemAt(event);
    show(event, item === null ? "" : names[item]);
});
canvas.addEventListener("mouseleave", (event) => show(event, ""));
canvas.addEventListener("click", (event) => {
    const item = itemAt(event);
    if (item !== null) select(item);
});
document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = event.target.elements.name.value.trim();
    const item = numbers.get(text) ?? names.findIndex((name, n) => layerOf.has(n) && name.includes(text));
    if (text && layerOf.has(item)) select(item);
    else document.getElementById("found").textContent = "there is nothing of that name";
});
document.getElementById("things").append(...data.layers.flatMap((layer) => layer.items.slice(0, 2000)).map((item) => {
    const option = document.createElement("option");
    option.value = names[item];
    return option;
}));

// ---- the way between two machines ----

const ways = new Map();
for (const [src, dst, way] of data.pairs) {
    if (!ways.has(src)) ways.set(src, new Map());
    ways.get(src).set(dst, way);
}
const [from, to] = [document.getElementById("from"), document.getElementById("to")];

function options(select, items) {
    select.replaceChildren(...[...items].map((item) => names[item]).sort().map((name) => new Option(name, name)));
}
const host = (machine) => near[machine].find((n) => data.layers[layerOf.get(n)?.[0]]?.name === "hosts");
const isHost = (machine) => data.layers[layerOf.get(machine)?.[0]]?.name === "hosts";

function drawPath() {
    const [src, dst] = [numbers.get(from.value), numbers.get(to.value)];
    const way = data.ways[ways.get(src)?.get(dst)];
    if (!way) return;
    const end = (n) => n === -1 ? (isHost(src) ? src : host(src)) : n === -2 ? (isHost(dst) ? dst : host(dst)) : n;
    const steps = new Map();
    lines = [];
    chosen = new Set([src, dst]);
    for (const [seq, a, b] of way) {
        lines.push([end(a), end(b)]);
        chosen.add(end(a)).add(end(b));
        if (!steps.has(seq)) steps.set(seq, new Set());
        steps.get(seq).add(names[end(b)]);
    }
    if (!isHost(src)) lines.push([src, host(src)]);
    if (!isHost(dst)) lines.push([dst, host(dst)]);
    const start = way.length ? names[end(way[0][1])] : "both on one host";
    document.getElementById("path-text").textContent =
        [start, ...[...steps].map(([, nodes]) => [...nodes].join(" | "))].join("\n  → ");
    drawLayers();
}
options(from, ways.keys());
function targets() { options(to, ways.get(numbers.get(from.value))?.keys() ?? []); }
from.addEventListener("change", () => { targets(); drawPath(); });
to.addEventListener("change", drawPath);
document.getElementById("path").addEventListener("submit", (event) => { event.preventDefault(); drawPath(); });
targets();

// ---- heatmaps ----

for (const figure of document.querySelectorAll("figure[data-kind]")) {
    const kind = figure.dataset.kind, select = figure.querySelector("select"), drawing = figure.querySelector("canvas");
    const maps = data.heatmaps.filter((map) => map.kind === kind);
    const most = Math.max(2, ...maps.map((map) => map.cells.reduce((m, cell) => Math.max(m, cell[2]), 0)));
    let map, cells;
    const draw = () => {
        map = maps.find((m) => m.scenario === (select ? select.value : figure.dataset.scenario));
        cells = new Map(map.cells.map(([row, column, n]) => [row * map.columns.length + column, n]));
        drawing.width = Math.max(1, map.columns.length);
        drawing.height = Math.max(1, map.rows.length);
        const context = drawing.getContext("2d");
        context.fillStyle = colour("--hot");
        for (const [row, column, n] of map.cells) {
            context.globalAlpha = 0.12 + 0.88 * Math.sqrt(n / most);
            context.fillRect(column, row, 1, 1);
        }
        const total = map.cells.reduce((sum, cell) => sum + cell[2], 0);
        figure.querySelector(".total").textContent = bytes(total) + " through the distribution layer";
        drawing.setAttribute("aria-label", map.text + ": " + bytes(total) + " through the distribution layer");
    };
    drawing.addEventListener("mousemove", (event) => {
        const box = drawing.getBoundingClientRect();
        const column = Math.floor((event.clientX - box.left) / box.width * map.columns.length);
        const row = Math.floor((event.clientY - box.top) / box.height * map.rows.length);
        const ends = names[map.rows[row]] + " → " + names[map.columns[column]];
        show(event, ends + ": " + bytes(cells.get(row * map.columns.length + column) ?? 0));
    });
    drawing.addEventListener("mouseleave", (event) => show(event, ""));
    select?.addEventListener("change", draw);
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawLayers);
addEventListener("resize", drawLayers);
drawPath();
drawLayers();
document.documentElement.dataset.drawn = "yes";

// The search box of every page. `/` goes to it, Enter to the first that was found.
const box = document.querySelector(".search input");
const list = document.querySelector(".search ul");

function found(text) {
    const wanted = text.toLowerCase();
    const rank = ([name, , summary]) => {
        const lower = name.toLowerCase();
        if (lower === wanted) return 0;
        if (lower.startsWith(wanted)) return 1;
        if (lower.includes(wanted)) return 2;
        return summary.toLowerCase().includes(wanted) ? 3 : 4;
    };
    const ranked = RELATIONS.map((relation) => [rank(relation), relation]).filter(([rank]) => rank < 4);
    return ranked.sort((a, b) => a[0] - b[0]).slice(0, 30).map(([, relation]) => relation);
}

box.addEventListener("input", () => {
    list.replaceChildren();
    if (!box.value.trim()) return;
    for (const [name, file, summary] of found(box.value.trim())) {
        const item = document.createElement("li");
        const link = document.createElement("a");
        const small = document.createElement("small");
        link.href = file;
        link.textContent = name;
        small.textContent = summary;
        link.append(small);
        item.append(link);
        list.append(item);
    }
});

document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) {
        event.preventDefault();
        box.focus();
    } else if (event.key === "Enter" && document.activeElement === box) {
        list.querySelector("a")?.click();
    } else if (event.key === "Escape") {
        box.value = "";
        list.replaceChildren();
    }
});

// What of Apache ECharts the report draws with. README.md says how this becomes echarts.min.js.
import { connect, getInstanceByDom, init, use, version } from "echarts/core";
import { BarChart, CustomChart, LineChart, LinesChart, ScatterChart } from "echarts/charts";
import {
    AriaComponent, DataZoomInsideComponent, GridComponent, LegendPlainComponent, MarkLineComponent, TitleComponent,
    TooltipComponent, VisualMapContinuousComponent,
} from "echarts/components";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";

use([
    BarChart, CustomChart, LineChart, LinesChart, ScatterChart,
    AriaComponent, DataZoomInsideComponent, GridComponent, LegendPlainComponent, MarkLineComponent, TitleComponent,
    TooltipComponent, VisualMapContinuousComponent,
    CanvasRenderer, SVGRenderer,
]);

globalThis.echarts = { connect, getInstanceByDom, init, version };

/* Words of the map's buttons; plotly.js collects them when it loads. */
(window.PlotlyLocales = window.PlotlyLocales || []).push({
  moduleType: "locale",
  name: "zh-CN",
  dictionary: {
    "Zoom in": "放大",
    "Zoom out": "缩小",
    "Reset": "复位",
    "Reset view": "复位",
    "Download plot as a PNG": "保存为图片",
    "Loading...": "正在加载…"
  },
  format: { date: "%Y-%m-%d", decimal: ".", thousands: " " }
});

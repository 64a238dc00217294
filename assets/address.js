// What stands in the address: filters write themselves into it, the title and the focus follow the page.
(function () {
  var last = null;

  function sieve(values) {
    var wanted = new URLSearchParams(window.location.search), changed = false;
    window.dash_clientside.callback_context.inputs_list[0].forEach(function (input, k) {
      var value = values[k] === "-" ? "" : values[k] || "", name = input.id.filter;
      if (value === (wanted.get(name) || "")) return;
      changed = true;
      if (value) wanted.set(name, value); else wanted.delete(name);
    });
    if (!changed) return;
    Array.from(wanted.keys()).filter(function (name) { return /page$/.test(name); })
      .forEach(function (name) { wanted.delete(name); }); // another choice begins at its first page
    window.dash_clientside.set_props("url", { search: String(wanted) && "?" + wanted });
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.address = {
    filter: function (values) {
      sieve(values);
      return window.dash_clientside.no_update;
    },
    leave: function () {
      return "";
    },
    title: function (title) {
      if (title) document.title = title;
      var page = document.getElementById("page"), here = window.location.pathname;
      if (page && last !== null && last !== here) page.focus({ preventScroll: true });
      last = here;
      document.querySelectorAll(".segment [aria-current], #nav .on").forEach(function (link) {
        var strip = link.closest(".segment, #nav");
        strip.scrollLeft = link.offsetLeft - (strip.clientWidth - link.offsetWidth) / 2;
      });
      return window.dash_clientside.no_update;
    },
  };
})();

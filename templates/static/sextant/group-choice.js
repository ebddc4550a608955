/* A form's references are searched in the form's group: the group that is chosen beside them, or that the row has, goes along with each look-up. */
"use strict";
window.addEventListener("DOMContentLoaded", () => {
    const group = document.getElementById("id_group");
    const fixed = document.querySelector("[data-group]");
    if (!group && !fixed) {
        return;
    }
    const $ = django.jQuery;
    $.ajaxPrefilter((options) => {
        const asked = new URL(options.url, window.location.href);
        if (asked.pathname.endsWith("/autocomplete/") && asked.searchParams.get("field_name") !== "group" && !/(^|&)field_name=group(&|$)/.test(options.data || "")) {
            asked.searchParams.set("group", group ? group.value : fixed.dataset.group);
            options.url = asked.toString();
        }
    });
    $("#id_group").on("change", () => {
        for (const name of ["from_thing", "to_thing", "source_thing", "creator"]) {
            $(`#id_${name}`).val(null).trigger("change");
        }
    });
});

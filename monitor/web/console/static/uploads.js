// Says before anything is sent that it is more than the server takes: a gigabyte would travel for nothing.
for (const form of document.querySelectorAll("form[data-largest]")) {
  form.addEventListener("submit", event => {
    const files = [...form.querySelectorAll("input[type=file]")].flatMap(field => [...field.files]);
    const size = files.reduce((sum, file) => sum + file.size, 0), most = Number(form.dataset.largest);
    const said = document.getElementById("said");
    said.classList.remove("bad");
    let why = "";
    if (size > most - 65536) why = `These are ${Math.ceil(size / 1048576)} MB, and ${most >> 20} MB can be sent at once. Send fewer files, or smaller ones. Nothing was sent.`;
    else if (files.length > Number(form.dataset.most)) why = `These are ${files.length} files, and ${form.dataset.most} can be sent at once. Put the photos into one zip. Nothing was sent.`;
    if (why) { event.preventDefault(); said.classList.add("bad"); }
    said.textContent = why || "Sending … Keep this page open until the next one comes.";
  });
}

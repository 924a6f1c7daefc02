// Words of Grok as they come: server-sent events, read from a POST.

/** Ask; `on.words`, `on.again`, `on.done` and `on.error` are told what comes. Aborting the signal stops it, there as well. */
export async function ask({ url, workspace, csrf, body, signal, on }) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf, "Multivio-Workspace": workspace };
  try {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}));
      const { code, credits_url: more } = problem;
      return on.error({ code, detail: problem.detail ?? "Something broke on our side. Try again.", more });
    }
    await hear(answer.body, on);
  } catch (error) {
    if (error.name === "AbortError") return on.stopped();
    on.error({ detail: "The connection broke. What came is kept; try again when you are back online." });
  }
}

async function hear(body, on) {
  let rest = "";
  let ended = false;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const blocks = (rest + piece.value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const found = /^event: (\w+)\ndata: (.*)$/s.exec(block);
      if (!found) continue;
      ended ||= found[1] === "done" || found[1] === "error";
      on[found[1]]?.(JSON.parse(found[2]));
    }
  }
  if (!ended) on.error({ detail: "The answer broke off. What came is kept; you can go on from there." });
}

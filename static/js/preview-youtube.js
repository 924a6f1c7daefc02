// A video as YouTube's watch page shows it, or a Short as its player does. The title and the choices come from the account's
// options; a picture beside the video is the thumbnail.
import { drawings } from "./drawings.js";
import { form, made } from "./parts.js";

const FOLD = 157; // the description is folded on the watch page
const VISIBILITY = { unlisted: "Unlisted", private: "Private" };

/** What is typed or chosen for an option of this account; empty for what happens as usual. */
function option(uid, key) {
  return form.querySelector(`[name="option-${uid}-${key}"]`)?.value.trim() ?? "";
}

/** What it will not have there, or what is still missing, in one sentence. */
function note(uid, { video, thumbnail, isShort }) {
  if (!video) return "YouTube publishes videos: add one.";
  if (!option(uid, "title")) return "YouTube shows the title largest. It still needs one.";
  if (thumbnail && isShort) return "YouTube chooses the picture of a Short itself.";
  if (!thumbnail && !isShort) return "A sketch: without a picture of yours, YouTube takes the thumbnail out of the video.";
  return "A sketch: YouTube decides on fonts and spacing.";
}

function asYouTube(connection, part, { face }) {
  const drawn = made("youtube-template");
  const { uid } = connection;
  const video = part.media.find((item) => item.kind === "video");
  const thumbnail = part.media.find((item) => item.kind === "image");
  const isShort = option(uid, "kind") === "short";
  const find = (name) => drawn.querySelector(`[data-${name}]`);
  if (isShort) drawn.dataset.short = "";
  const shown = isShort ? video : thumbnail ?? video;
  const picture = find("picture");
  picture.hidden = !shown;
  if (shown) picture.src = shown.src;
  find("play").hidden = !video;
  find("title").textContent = option(uid, "title") || "…";
  find("face").replaceChildren(face(connection));
  find("name").textContent = connection.name || connection.username;
  find("handle").textContent = `@${connection.username}`;
  const words = part.text.trim();
  find("text").textContent = words.length > FOLD ? `${words.slice(0, FOLD).trimEnd()}` : words;
  find("more").hidden = words.length <= FOLD;
  find("about").hidden = !words || isShort;
  const badge = find("visibility");
  badge.textContent = VISIBILITY[option(uid, "privacy")] ?? "";
  badge.hidden = !badge.textContent;
  find("kids").hidden = option(uid, "made_for_kids") !== "yes";
  find("note").textContent = note(uid, { video, thumbnail, isShort });
  return drawn;
}

drawings.youtube = asYouTube;

// A post as TikTok shows it: the first picture fills the screen, and the words lie over it.
import { drawings } from "./drawings.js";
import { form, made } from "./parts.js";

const FOLD = 150;
const AUDIENCES = {
  PUBLIC_TO_EVERYONE: "Everyone", FOLLOWER_OF_CREATOR: "Followers", MUTUAL_FOLLOW_FRIENDS: "Friends", SELF_ONLY: "Only me",
};

function upright(connection, part, { isEmpty, face, pictures }) {
  const drawn = made("tiktok-template");
  const option = (key) => form.querySelector(`[name="option-${connection.uid}-${key}"]`)?.value ?? "";
  const isVideo = part.media.some((item) => item.kind === "video");
  const cover = isVideo ? 0 : Math.min(Math.max(Number(option("cover_photo")) || 1, 1), part.media.length) - 1;
  const shown = part.media[cover] ? [part.media[cover]] : [];
  drawn.querySelector("[data-face]").replaceChildren(face(connection));
  drawn.querySelector("[data-handle]").textContent = `@${connection.username || connection.name}`;
  drawn.querySelector("[data-sound]").textContent = `original sound · ${connection.name || connection.username}`;
  drawn.querySelector("[data-audience]").textContent = AUDIENCES[option("privacy_level")] ?? "Choose who can see it";
  drawn.querySelector("[data-comments]").hidden = option("allow_comment") !== "yes";
  const title = drawn.querySelector("[data-title]");
  title.textContent = isVideo ? "" : option("title");
  title.hidden = !title.textContent;
  const words = part.text.trim();
  const text = drawn.querySelector("[data-text]");
  text.textContent = isEmpty ? "…" : words.length > FOLD ? `${words.slice(0, FOLD).trimEnd()}…` : words;
  drawn.querySelector("[data-more]").hidden = words.length <= FOLD;
  drawn.querySelector("[data-missing]").hidden = shown.length > 0;
  pictures(drawn.querySelector("[data-pics]"), shown);
  if (!isVideo && part.media.length > 1) {
    const number = Object.assign(document.createElement("span"), { className: "badge", textContent: `${cover + 1} / ${part.media.length}` });
    drawn.querySelector("[data-pics] > span").append(number);
  }
  const policy = option("branded_content") === "yes" ? "Branded Content Policy and Music Usage Confirmation" : "Music Usage Confirmation";
  drawn.querySelector("[data-note]").textContent = `A sketch. By posting, you agree to TikTok's ${policy}.`;
  return drawn;
}

drawings.tiktok = upright;

// The demonstration's note application: draws what the page's state holds, and asks for more as one scrolls.
"use strict";

const state = window.__INITIAL_STATE__;
const app = document.getElementById("app");
const API = "/api/sns/web";

function add(parent, tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  parent.append(made);
  return made;
}

function link(parent, href, text) {
  const made = add(parent, "a", "link", text);
  made.href = href;
  return made;
}

async function ask(path, values) {
  const answer = await fetch(`${API}${path}?${new URLSearchParams(values)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`answers ${answer.status}`);
  const told = await answer.json();
  if (!told.success) throw new Error(told.msg);
  return told.data;
}

// The state spells names one way, the interface another.
const pick = (item, camel) => item[camel] ?? item[camel.replace(/[A-Z]/g, (sign) => "_" + sign.toLowerCase())];

let steps = [];
let busy = false;

// One scroll, one step: whatever waits is asked for at once, and may leave something for the next one.
async function more() {
  if (busy || !steps.length) return;
  if (innerHeight + scrollY < document.documentElement.scrollHeight - 80) return;
  busy = true;
  const now = steps.splice(0, 4);
  try {
    await Promise.all(now.map((step) => step()));
  } catch (error) {
    add(app, "p", "failed", `加载失败 (${error.message})`);
  }
  busy = false;
}

function drawComment(list, comment, reply) {
  const user = pick(comment, "userInfo") ?? {};
  const item = add(list, "div", reply ? "comment-item comment-item-sub" : "comment-item");
  item.id = `comment-${comment.id}`;
  item.style.minHeight = reply ? "90px" : "240px";
  link(item, `/user/profile/${pick(user, "userId")}`, user.nickname).classList.add("name");
  add(item, "span", "note-text", comment.content);
  add(item, "span", "location", pick(comment, "ipLocation"));
  add(item, "span", "like", pick(comment, "likeCount"));
}

function drawThread(list, noteId, comment) {
  const thread = add(list, "div", "parent-comment");
  drawComment(thread, comment, false);
  for (const reply of pick(comment, "subComments") ?? []) drawComment(thread, reply, true);
  const next = (cursor) => async () => {
    const values = { note_id: noteId, root_comment_id: comment.id, num: 10, cursor };
    const data = await ask("/v2/comment/sub/page", values);
    for (const reply of data.comments) drawComment(thread, reply, true);
    if (data.has_more) steps.push(next(data.cursor));
  };
  if (pick(comment, "subCommentHasMore")) steps.push(next(pick(comment, "subCommentCursor")));
}

function drawNote() {
  const noteId = state.note.currentNoteId;
  const { note, comments } = state.note.noteDetailMap[noteId];
  if (!note || !note.noteId) {
    add(app, "p", "missing", "该笔记已被删除");
    return;
  }
  const box = add(app, "div", "note-content");
  box.id = "noteContainer";
  box.style.minHeight = "500px";
  add(box, "img", "picture").src = note.imageList[0].urlDefault;
  link(box, `/user/profile/${note.user.userId}`, note.user.nickname);
  add(box, "div", "title", note.title).id = "detail-title";
  add(box, "div", "desc", note.desc).id = "detail-desc";
  for (const tag of note.tagList ?? []) link(box, `/search_result?keyword=${encodeURIComponent(tag.name)}`, `#${tag.name}`);
  add(box, "div", "total", `共 ${note.interactInfo.commentCount} 条评论`);
  const list = add(app, "div", "comments-container");
  for (const comment of comments.list) drawThread(list, noteId, comment);
  const next = (cursor) => async () => {
    const data = await ask("/v2/comment/page", { note_id: noteId, cursor });
    for (const comment of data.comments) drawThread(list, noteId, comment);
    if (data.has_more) steps.push(next(data.cursor));
  };
  if (comments.hasMore) steps.push(next(comments.cursor));
}

function drawCard(list, item) {
  const card = pick(item, "noteCard");
  const box = add(list, "section", "note-item");
  box.style.minHeight = "320px";
  add(box, "img", "cover").src = pick(card.cover, "urlDefault");
  link(box, `/explore/${item.id}?xsec_token=${encodeURIComponent(pick(item, "xsecToken"))}&xsec_source=pc_topic`, pick(card, "displayTitle"));
  link(box, `/user/profile/${pick(card.user, "userId")}`, card.user.nickname);
}

function drawTopic() {
  add(app, "h1", "topic", `#${state.topic.name}`);
  link(app, `/search_result?keyword=${encodeURIComponent(state.topic.name)}`, "搜索更多");
  const list = add(app, "div", "feeds-container");
  for (const item of state.topic.items) drawCard(list, item);
  const next = (cursor) => async () => {
    const data = await ask("/v1/page/notes", { page_id: state.topic.name, cursor, num: 4 });
    for (const item of data.items) drawCard(list, item);
    if (data.has_more) steps.push(next(data.cursor));
  };
  if (state.topic.hasMore) steps.push(next(state.topic.cursor));
}

// What such applications ask besides, of no use to a reader: who is there, what is looked for, who saw what.
fetch("/user/me").catch(() => undefined);
fetch("/search_result/trending").catch(() => undefined);
navigator.sendBeacon("/api/collect", "seen");

if (state.topic) drawTopic();
else drawNote();
addEventListener("scroll", () => void more());

#pragma once

#include <string>

#include "support/archive_fixture.hpp"

namespace support {

/// An export of posts with tags, authors and pictures, and relations of all kinds: as a server
/// makes it.
inline Export blogExport() {
  const std::string localizations =
      R"("localizations":{"type":"relation","relation":"oneToMany","target":"api::post.post","joinColumn":{"name":"document_id","referencedColumn":"document_id"}})";
  Export made;
  made.schemas = {
      {"plugin::upload.file",
       R"({"uid":"plugin::upload.file","modelType":"contentType","attributes":{"hash":{"type":"string"},"related":{"type":"relation","relation":"morphToMany"}}})"},
      {"api::post.post",
       R"({"uid":"api::post.post","modelType":"contentType","attributes":{"title":{"type":"string"},"cover":{"type":"media"},"seo":{"type":"component","component":"shared.seo"},"notes":{"type":"component","component":"shared.note","repeatable":true},"zone":{"type":"dynamiczone","components":["shared.note","shared.seo"]},"tags":{"type":"relation","relation":"manyToMany","target":"api::tag.tag","inversedBy":"posts"},"author":{"type":"relation","relation":"manyToOne","target":"api::author.author","inversedBy":"posts"},"editor":{"type":"relation","relation":"oneToOne","target":"api::author.author","useJoinTable":false},"subject":{"type":"relation","relation":"morphToOne"},"locale":{"type":"string"},"publishedAt":{"type":"datetime"},)" +
           localizations + "}}"},
      {"api::tag.tag",
       R"({"uid":"api::tag.tag","modelType":"contentType","attributes":{"name":{"type":"string"},"posts":{"type":"relation","relation":"manyToMany","target":"api::post.post","mappedBy":"tags"}}})"},
      {"api::author.author",
       R"({"uid":"api::author.author","modelType":"contentType","attributes":{"name":{"type":"string"},"avatar":{"type":"media"},"posts":{"type":"relation","relation":"oneToMany","target":"api::post.post","mappedBy":"author"}}})"},
      {"shared.seo",
       R"({"uid":"shared.seo","modelType":"component","attributes":{"text":{"type":"string"},"image":{"type":"media"}}})"},
      {"shared.note",
       R"({"uid":"shared.note","modelType":"component","attributes":{"text":{"type":"string"},"seo":{"type":"component","component":"shared.seo"},"post":{"type":"relation","relation":"oneToOne","target":"api::post.post"}}})"}};
  made.entities = {
      R"({"type":"plugin::upload.file","id":1,"data":{"documentId":"file1"}})",
      R"({"type":"api::post.post","id":1,"data":{"documentId":"post1","title":"one","locale":"en","publishedAt":null,"seo":{"id":1,"text":"s"},"notes":[{"id":1,"text":"n","seo":{"id":2}},{"id":2,"seo":null}],"zone":[{"id":3,"__component":"shared.note"},{"id":3,"__component":"shared.seo"}]}})",
      R"({"type":"api::post.post","id":2,"data":{"documentId":"post1","title":"un","locale":"fr","publishedAt":null,"seo":null,"notes":[],"zone":[]}})",
      R"({"type":"api::post.post","id":3,"data":{"documentId":"post3","title":"three","locale":"en","publishedAt":null,"seo":null,"notes":[],"zone":[]}})",
      R"({"type":"api::tag.tag","id":1,"data":{"documentId":"tag1","name":"t"}})",
      R"({"type":"api::tag.tag","id":2,"data":{"documentId":"tag2","name":"u"}})",
      R"({"type":"api::author.author","id":1,"data":{"documentId":"author1","name":"A"}})",
      R"({"type":"api::author.author","id":2,"data":{"documentId":"author2","name":"B"}})"};
  made.links = {
      R"({"kind":"relation.morph","relation":"morphToMany","left":{"type":"plugin::upload.file","ref":1,"field":"related"},"right":{"type":"api::author.author","ref":1,"field":"avatar","pos":1}})",
      R"({"kind":"relation.morph","relation":"morphToMany","left":{"type":"plugin::upload.file","ref":1,"field":"related"},"right":{"type":"shared.seo","ref":1,"field":"image","pos":1}})",
      R"({"kind":"relation.basic","relation":"manyToMany","left":{"type":"api::post.post","ref":1,"field":"tags","pos":1},"right":{"type":"api::tag.tag","ref":1,"field":"posts","pos":1}})",
      R"({"kind":"relation.basic","relation":"manyToMany","left":{"type":"api::post.post","ref":1,"field":"tags","pos":2},"right":{"type":"api::tag.tag","ref":2,"field":"posts","pos":1}})",
      R"({"kind":"relation.basic","relation":"manyToOne","left":{"type":"api::post.post","ref":1,"field":"author"},"right":{"type":"api::author.author","ref":1,"field":"posts","pos":1}})",
      R"({"kind":"relation.basic","relation":"oneToOne","left":{"type":"api::post.post","ref":1,"field":"editor"},"right":{"type":"api::author.author","ref":2}})",
      R"({"kind":"relation.morph","relation":"morphToOne","left":{"type":"api::post.post","ref":1,"field":"subject"},"right":{"type":"api::tag.tag","ref":1}})",
      R"({"kind":"relation.circular","relation":"oneToMany","left":{"type":"api::post.post","ref":1,"field":"localizations"},"right":{"type":"api::post.post","ref":"post1"}})",
      R"({"kind":"relation.circular","relation":"oneToMany","left":{"type":"api::post.post","ref":2,"field":"localizations"},"right":{"type":"api::post.post","ref":"post1"}})"};
  return made;
}

/// Places among the links of blogExport().
enum BlogLink : std::size_t {
  avatar,
  seoImage,
  firstTag,
  secondTag,
  author,
  editor,
  subject,
  localization
};

}  // namespace support

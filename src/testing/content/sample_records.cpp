#include "testing/content/sample_records.hpp"

#include <array>
#include <iterator>

#include "wsferry/core/detail/json/json_string.hpp"

namespace wsferry::testing {

namespace {

/// JSON string literals, most as JSON.stringify writes them.
constexpr std::string_view literals[] = {
    R"("plain")",
    R"("quote \" backslash \\ slash / escaped slash \/ tab \t newline \n return \r")",
    "\"line separator \xe2\x80\xa8 paragraph separator \xe2\x80\xa9\"",
    "\"control \\u0000 \\u0001 \\u001f and delete \x7f\"",
    R"("escaped astral \ud83e\udd84")",
    R"("<script>alert(\"x\")</script> & <b>bold</b>")",
    R"("")",
};

constexpr std::string_view words[] = {
    "lorem",
    "ipsum",
    "dolor",
    "naïve",
    "façade",
    "smörgåsbord",
    "Größe",
    "Łódź",
    "Ærø",
    "Αθήνα",
    "Москва",
    "東京",
    "서울",
    "ไทย",
    "العربية",
    "עברית",
    "🦄",
    "🇫🇮",
    "👩‍👩‍👧‍👦",
    "𝔘nicode",
    "emoji",
    "labore",
    "amet",
    "e\xcc\x81",
};

std::string someWords(std::string_view kind, std::uint64_t number, unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    text += i > 0 ? " " : "";
    text += words[scatter(kind, number * 1000 + i) % std::size(words)];
  }
  return text;
}

std::string quoted(std::string_view text) {
  return encodeJsonString(text);
}

}  // namespace

// The finaliser of SplitMix64.
std::uint64_t scatter(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

std::uint64_t scatter(std::string_view kind, std::uint64_t number) {
  std::uint64_t value = number;
  for (const char c : kind) {
    value = scatter(value ^ static_cast<unsigned char>(c));
  }
  return value;
}

std::string documentId(std::string_view type, std::uint64_t number) {
  std::string id;
  for (unsigned i = 0; i < 24; ++i) {
    const auto value = scatter(type, number * 24 + i);
    id += i == 0 ? static_cast<char>('a' + value % 26)
                 : "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
  }
  return id;
}

std::string_view literal(std::uint64_t number) {
  return literals[number % std::size(literals)];
}

std::string entityData(std::string_view type, std::uint64_t id, const std::string& members,
                       std::string_view publishedAt, std::string_view locale,
                       std::uint64_t document) {
  const auto orNull = [](std::string_view text) {
    return text.empty() ? std::string("null") : quoted(text);
  };
  std::string text = R"({"documentId":")";
  text.append(documentId(type, document != 0 ? document : id)).append("\",").append(members);
  text.append(R"(,"createdAt":")")
      .append(sampleTime)
      .append(R"(","updatedAt":")")
      .append(sampleTime);
  text.append(R"(","publishedAt":)").append(orNull(publishedAt));
  return text.append(R"(,"locale":)").append(orNull(locale)).append("}");
}

std::string entity(std::string_view type, std::uint64_t id, const std::string& members,
                   std::string_view publishedAt, std::string_view locale, std::uint64_t document) {
  std::string text = R"({"type":")";
  text.append(type).append(R"(","id":)").append(std::to_string(id)).append(R"(,"data":)");
  return text.append(entityData(type, id, members, publishedAt, locale, document)).append("}");
}

std::string linkEnd(std::string_view type, std::uint64_t ref, std::string_view field,
                    std::uint64_t position) {
  std::string text = R"({"type":")";
  text.append(type).append("\"");
  if (!field.empty()) {
    text.append(R"(,"field":")").append(field).append("\"");
  }
  text.append(R"(,"ref":)").append(std::to_string(ref));
  if (position != 0) {
    text.append(R"(,"pos":)").append(std::to_string(position));
  }
  return text + "}";
}

std::string link(std::string_view kind, std::string_view relation, const std::string& left,
                 const std::string& right) {
  std::string text = R"({"kind":"relation.)";
  text.append(kind).append(R"(","relation":")").append(relation);
  return text.append(R"(","left":)").append(left).append(R"(,"right":)").append(right).append("}");
}

std::string localizationsLink(std::string_view type, std::uint64_t id, std::uint64_t document) {
  std::string text = R"({"kind":"relation.circular","relation":"oneToMany","left":{"type":")";
  text.append(type).append(R"(","ref":)").append(std::to_string(id));
  text.append(R"(,"field":"localizations"},"right":{"type":")").append(type);
  return text.append(R"(","ref":")").append(documentId(type, document)).append("\"}}");
}

unsigned articleDocument(unsigned id) {
  return (id - 1) / 3 + 1;
}

std::string article(unsigned id) {
  const unsigned version = (id - 1) % 3;
  const std::string seo = R"({"id":)" + std::to_string(id) + R"(,"metaTitle":)" +
                          quoted(someWords("seo", id, 3)) + R"(,"metaDescription":null})";
  const std::string body = someWords("body", id, id % 7 == 0 ? 2000 : 40);
  std::string members = R"("title":)" + quoted("Article " + someWords("title", id, 4));
  members += R"(,"slug":"article-)" + std::to_string(articleDocument(id)) + "\"";
  members.append(R"(,"summary":)").append(literal(id)).append(R"(,"body":)").append(quoted(body));
  members += R"(,"views":)" + std::to_string(scatter("views", id) % 100000);
  members += R"(,"reads":"9007199254740991","score":)" + std::to_string(id) + ".25";
  members +=
      R"(,"ratio":-1.5e-7,"day":"2024-02-29","meta":{"n":)" + std::to_string(id) +
      R"(,"list":[1,true,null,{"type":"api::nested.nested"}],"":"empty key"},"featured":false)";
  members += R"(,"seo":)" + seo;
  return entity("api::article.article", id, members, version == 1 ? sampleTime : std::string_view(),
                version == 2 ? "fi" : "en", articleDocument(id));
}

std::string author(unsigned id) {
  return entity("api::author.author", id,
                R"("name":)" + quoted(someWords("author", id, 2)) + R"(,"bio":)" +
                    std::string(literal(id + 3)));
}

std::string tag(unsigned id) {
  constexpr std::array<std::string_view, 3> colours = {"red", "green", "blue"};
  return entity("api::tag.tag", id,
                R"("name":)" + quoted("tag " + someWords("tag", id, 1)) + R"(,"colour":")" +
                    std::string(colours[id % colours.size()]) + "\"");
}

std::string folder(unsigned id) {
  const std::string path = id == 1 ? "/1" : "/1/2";
  return entity("plugin::upload.folder", id,
                R"("name":"Folder )" + std::to_string(id) + R"(","pathId":)" + std::to_string(id) +
                    R"(,"path":")" + path + "\"");
}

std::string locale(unsigned id) {
  return entity("plugin::i18n.locale", id,
                id == 1 ? R"json("name":"English (en)","code":"en")json"
                        : R"json("name":"Finnish (fi)","code":"fi")json");
}

std::string role(unsigned id) {
  return entity("plugin::users-permissions.role", id,
                id == 1 ? R"("name":"Authenticated","description":null,"type":"authenticated")"
                        : R"("name":"Public","description":null,"type":"public")");
}

std::string permission(unsigned id) {
  return entity(
      "plugin::users-permissions.permission", id,
      R"("action":"api::article.article.)" + std::string(id == 1 ? "find" : "findOne") + "\"");
}

}  // namespace wsferry::testing

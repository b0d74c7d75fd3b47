// Writes the archives that fuzzing starts from into a folder: as wsferry makes them, as people and
// other programs do, and one of `strapi export` (the second argument), of which most schemas,
// records and files were left out.
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "fuzz/archives/archive_input.hpp"
#include "support/archive_fixture.hpp"
#include "support/archive_tar_bytes.hpp"

namespace {

using namespace support;
using Tree = std::map<std::string, std::string>;

// What the checks of links, components and files have something to do with.
Export content() {
  Export made = validExport();
  made.schemas.push_back(
      {"plugin::upload.file",
       R"({"uid":"plugin::upload.file","modelType":"contentType","attributes":{}})"});
  made.entities.push_back(
      R"({"type":"plugin::upload.file","id":1,"data":{"documentId":"f","name":"a name","hash":"pic_1",)"
      R"("ext":".png","mime":"image/png","size":1.5,"url":"/uploads/pic_1.png","provider":"local"}})");
  return made;
}

// metadata.json comes last, as in what Strapi writes.
std::string tarOf(const Tree& tree, const std::function<std::string(const std::string&)>& entryName,
                  const std::function<std::string(const std::string&)>& before = {}) {
  std::string tar;
  for (const bool isLast : {false, true}) {
    for (const auto& [path, bytes] : tree) {
      if ((path == "metadata.json") == isLast) {
        tar += before ? before(path) : "";
        tar += tarEntry(entryName(path), bytes);
      }
    }
  }
  return tar + endOfTar;
}

std::string windowsPath(std::string path) {
  for (char& c : path) {
    c = c == '/' ? '\\' : c;
  }
  return path;
}

Tree withText(Tree tree, const std::function<std::string(const std::string&)>& change) {
  for (auto& [path, bytes] : tree) {
    if (path.find(".jsonl") != std::string::npos) {
      bytes = change(bytes);
    }
  }
  return tree;
}

std::string lineEndsOf(const std::string& text, const std::string& lineEnd) {
  std::string result;
  for (const char c : text) {
    result += c == '\n' ? lineEnd : std::string(1, c);
  }
  return result;
}

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  std::filesystem::create_directories(folder);
  for (auto options : allFormats(folder + "/ours")) {
    if (options.format.container != Container::directory) {
      options.path += options.format.extension();
      options.overwrite = true;
      options.key = options.format.encrypted ? archiveKey : "";
      writeExport(options, content());
    }
  }
  const Tree tree = readTree(folder + "/ours.tar");
  const auto same = [](const std::string& path) { return path; };
  const auto pax = [](const std::string& path) {
    return tarEntry("PaxHeader", paxRecord("path", path) + paxRecord("mtime", "1.5"), 'x');
  };
  const auto gnu = [](const std::string& path) {
    return tarEntry("././@LongLink", path + '\0', 'L');
  };
  const auto cut = [](const std::string& path) { return path.substr(0, 5); };
  const std::map<std::string, std::string> seeds = {
      {"strapi_export", readFile(arguments[2])},
      {"plain", tarOf(tree, same)},
      {"folder_entries", tarEntry("entities/", "", '5') + tarOf(tree, same)},
      {"dot", tarOf(tree, [](const std::string& path) { return "./" + path; })},
      {"prefix", tarEntry("export/", "", '5') +
                     tarOf(tree, [](const std::string& path) { return "export/" + path; })},
      {"windows", tarOf(tree, windowsPath)},
      {"pax", tarOf(tree, cut, pax)},
      {"gnu", tarOf(tree, cut, gnu)},
      {"macos", tarEntry("._metadata.json", "junk") + tarOf(tree, same)},
      {"crlf",
       tarOf(withText(tree, [](const auto& text) { return lineEndsOf(text, "\r\n"); }), same)},
      {"blank",
       tarOf(withText(tree, [](const auto& text) { return lineEndsOf(text, "\n\n"); }), same)},
      {"bom", tarOf(withText(tree, [](const auto& text) { return "\xEF\xBB\xBF" + text; }), same)},
      {"twice", tarOf(withText(tree, [](const auto& text) { return text + "\n" + text; }), same)}};
  for (const auto& [name, tar] : seeds) {
    writeFile(folder + "/" + name + ".tar", tar);
    writeFile(folder + "/" + name + ".tar.gz", gzipped(tar));
  }
  std::cout << "seeds in " << folder << '\n';
  return 0;
}

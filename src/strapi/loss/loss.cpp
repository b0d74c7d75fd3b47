#include "wsferry/strapi/loss.hpp"

#include <algorithm>
#include <utility>

#include "wsferry/core/detail/text/counted.hpp"

namespace wsferry::strapi {
namespace {

std::string countedLoss(const Loss& loss) {
  const auto so = [&loss](const char* one, const char* many) {
    return counted(loss.count, one, many);
  };
  switch (loss.kind) {
    case LossKind::unreadableType:
      return so("type that the source could not read whole",
                "types that the source could not read whole");
    case LossKind::suspectedType:
      return so(
          "type that links lead to but of which nothing arrived: it could not be read, or these "
          "links are leftovers",
          "types that links lead to but of which nothing arrived: they could not be read, or these "
          "links are leftovers");
    case LossKind::missingFile:
      return so("file that a record names but the source does not have",
                "files that records name but the source does not have");
    case LossKind::shortFile:
      return so("file with fewer bytes than its record says",
                "files with fewer bytes than their records say");
    case LossKind::skippedLink:
      return so("link that the destination did not store",
                "links that the destination did not store");
  }
  return {};
}

Loss* find(std::vector<Loss>& losses, LossKind kind) {
  const auto loss = std::find_if(losses.begin(), losses.end(),
                                 [kind](const Loss& known) { return known.kind == kind; });
  return loss == losses.end() ? nullptr : &*loss;
}

}  // namespace

std::string_view toString(LossKind kind) noexcept {
  switch (kind) {
    case LossKind::unreadableType:
      return "unreadableType";
    case LossKind::suspectedType:
      return "suspectedType";
    case LossKind::missingFile:
      return "missingFile";
    case LossKind::shortFile:
      return "shortFile";
    case LossKind::skippedLink:
      return "skippedLink";
  }
  return {};
}

void addLoss(std::vector<Loss>& losses, LossKind kind, std::string example, std::uint64_t count) {
  Loss* const known = find(losses, kind);
  Loss& loss = known != nullptr ? *known : losses.emplace_back(Loss{kind, 0, {}, false, {}});
  loss.count += count;
  if (!example.empty() && loss.examples.size() < mostLossExamples) {
    loss.examples.push_back(std::move(example));
  }
}

void addFileLoss(std::vector<Loss>& losses, LossKind kind, LostFile file, std::string example) {
  addLoss(losses, kind, std::move(example));
  Loss& loss = *find(losses, kind);
  if (!file.name.empty() && loss.files.size() < mostLostFiles) {
    loss.files.push_back(std::move(file));
  }
}

void addLoss(std::vector<Loss>& losses, Loss more) {
  Loss* const known = find(losses, more.kind);
  if (known == nullptr) {
    losses.push_back(std::move(more));
    return;
  }
  known->accepted = known->accepted && more.accepted;
  for (std::string& example : more.examples) {
    addLoss(losses, more.kind, std::move(example), 0);
  }
  for (LostFile& file : more.files) {
    if (known->files.size() < mostLostFiles) {
      known->files.push_back(std::move(file));
    }
  }
  known->count += more.count;
}

std::string describe(const Loss& loss) {
  std::string text = countedLoss(loss);
  const char* separator = ": ";
  for (const std::string& example : loss.examples) {
    text.append(separator).append(example);
    separator = "; ";
  }
  return text + (!loss.examples.empty() && loss.examples.size() < loss.count ? "; ..." : "");
}

}  // namespace wsferry::strapi

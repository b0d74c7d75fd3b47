#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/schema/known_content.hpp"

namespace wsferry::strapi {

/// A value for which a destination has no place.
struct Misfit {
  std::string path;        ///< `seo.title`, `sections[].title`, `zone[shared.quote].text`.
  std::string reason;      ///< Why, to follow the path.
  bool isUnknown = false;  ///< There is no attribute with that name.
  bool isHeld = false;     ///< It belongs to a component, or refers to other records: an import
                           ///< breaks off at it, or takes records other than the source's.
};

/// Removes from entities the values for which a destination has no place, by its schemas, down into
/// components and dynamic zones: values of attributes that it lacks, and values of another form,
/// which a server would store as nonsense. Not thread-safe.
class FittingValues {
 public:
  /// Both outlive it. The source's schemas count as well: they distinguish one component from
  /// another. Both may be the same, to find values that fit no schema.
  FittingValues(KnownContent& source, KnownContent& destination)
      : source_(source), destination_(destination) {}

  /// `record`, an entity of this type, without values that do not fit: `record` itself if all fit,
  /// otherwise a view that is valid until the next call. `attributes` are the members of its data,
  /// with `rawName` and `value`. The destination must know the type.
  std::string_view fit(std::string_view record, std::string_view type,
                       const std::vector<EntityAttribute>& attributes);

  /// The values of an entity that do not fit, for callers that need only these, and values that a
  /// server misinterprets although it has a place for them.
  const std::vector<Misfit>& judge(std::string_view type,
                                   const std::vector<EntityAttribute>& attributes);

  /// What the last entity lost, in order.
  const std::vector<Misfit>& misfits() const { return misfits_; }

 private:
  enum class Fit { all, part, none };
  class PartsCopy;
  class TypeFit;

  Fit fitValue(const KnownAttribute* from, const KnownAttribute& to, std::string_view value,
               std::string& part);
  Fit fitElements(const KnownAttribute& to, std::string_view array, std::string& part);
  Fit fitElement(const KnownAttribute& to, std::string_view element, std::string& part);
  Fit fitComponent(const std::string& uid, std::string_view object, std::string& part);
  Fit misfit(std::string reason, bool isUnknown = false, bool isHeld = false);
  Fit misplaced(std::string what, const KnownAttribute& to);

  KnownContent& source_;
  KnownContent& destination_;
  std::string path_;
  std::vector<Misfit> misfits_;
  bool isJudging_ = false;  ///< Kept values are reported as well.
  std::string shortened_;
};

namespace detail {

inline bool holdsComponents(const KnownAttribute& attribute) {
  return attribute.kind == KnownAttribute::Kind::component ||
         attribute.kind == KnownAttribute::Kind::zone;
}

inline bool isEmptyArray(std::string_view value) {
  JsonCursor cursor(value);
  return cursor.enterArray() && !cursor.nextElement();
}

// What belongs in an attribute, in words.
inline std::string nounOf(const KnownAttribute& attribute) {
  switch (attribute.kind) {
    case KnownAttribute::Kind::component:
      return attribute.isRepeatable ? "an array of components" : "a component";
    case KnownAttribute::Kind::zone:
      return "a dynamic zone";
    case KnownAttribute::Kind::relation:
      return "a relation";
    default:
      return "a value of the type " + printable(attribute.type, 50);
  }
}

inline const char* shapeOf(std::string_view value) {
  return isJsonObject(value)          ? "an object"
         : value.substr(0, 1) == "["  ? "an array"
         : value.substr(0, 1) == "\"" ? "a text"
                                      : "a single value";
}

}  // namespace detail

/// Copies a text whose comma-separated parts are examined in order, from the first part that
/// changes.
class FittingValues::PartsCopy {
 public:
  explicit PartsCopy(std::string_view text) : text_(text) {}

  void keep(std::string_view part) {
    last_ = part.data() + part.size();
    if (isChanged_) {
      put(part);
    } else {
      keptEnd_ = last_;
    }
  }
  void leaveOut(std::string_view part) {
    change(part);
    last_ = part.data() + part.size();
  }
  /// Keeps `head` of the part, and `tail` instead of its rest.
  void replace(std::string_view part, std::string_view head, std::string_view tail) {
    leaveOut(part);
    put(head);
    copy_.append(tail);
  }

  Fit finish(std::string& copy) {
    if (!isChanged_) {
      return Fit::all;
    }
    copy_.append(last_, text_.data() + text_.size());
    copy = std::move(copy_);
    return Fit::part;
  }

 private:
  void change(std::string_view part) {
    if (!isChanged_) {
      isChanged_ = true;
      hasPart_ = keptEnd_ != nullptr;
      copy_.assign(text_.data(), hasPart_ ? keptEnd_ : part.data());
    }
  }
  void put(std::string_view part) {
    copy_.append(hasPart_ ? "," : "").append(part);
    hasPart_ = true;
  }

  std::string_view text_;
  const char* keptEnd_ = nullptr;  // of the last part that stayed before the first change
  const char* last_ = nullptr;     // the end of the last part that was looked at
  bool isChanged_ = false;
  bool hasPart_ = false;
  std::string copy_;
};

/// The members of one object that a type describes.
class FittingValues::TypeFit {
 public:
  TypeFit(FittingValues& owner, const KnownType* from, const KnownType& to, std::string_view text)
      : owner_(owner), from_(from), to_(to), copy_(text) {}

  void take(const EntityAttribute& attribute) {
    const std::string_view member = attribute.member();
    const KnownAttribute* const to = find(attribute.rawName);
    if (to != nullptr && fitsAsItIs(*to, attribute.value)) {
      copy_.keep(member);
      return;
    }
    const std::size_t length = owner_.path_.size();
    owner_.path_.append(length == 0 ? "" : ".").append(printable(attribute.rawName, 100));
    std::string part;
    switch (fit(to, attribute.rawName, attribute.value, part)) {
      case Fit::all:
        copy_.keep(member);
        break;
      case Fit::part:
        copy_.replace(member, member.substr(0, member.size() - attribute.value.size()), part);
        break;
      case Fit::none:
        copy_.leaveOut(member);
    }
    owner_.path_.resize(length);
  }

  void keep(const EntityAttribute& attribute) { copy_.keep(attribute.member()); }

  Fit finish(std::string& copy) { return copy_.finish(copy); }

 private:
  static bool fitsAsItIs(const KnownAttribute& to, std::string_view value) {
    return to.kind == KnownAttribute::Kind::json ||
           (to.kind == KnownAttribute::Kind::value && !isJsonObject(value) &&
            value.substr(0, 1) != "[") ||
           (value == "null" && !to.isList());
  }

  Fit fit(const KnownAttribute* to, std::string_view rawName, std::string_view value,
          std::string& part) {
    if (to == nullptr) {
      return owner_.misfit("is not known", true);
    }
    return owner_.fitValue(from_ == nullptr ? nullptr : from_->find(rawName), *to, value, part);
  }

  // Attributes mostly come in the schema's order: most are found at once.
  const KnownAttribute* find(std::string_view rawName) {
    const auto& attributes = to_.attributes;
    for (std::size_t looked = 0; looked < attributes.size(); ++looked) {
      const KnownAttribute& attribute = attributes[next_];
      next_ = next_ + 1 < attributes.size() ? next_ + 1 : 0;
      if (jsonStringEquals(rawName, attribute.name)) {
        return &attribute;
      }
    }
    return nullptr;
  }

  FittingValues& owner_;
  const KnownType* from_;
  const KnownType& to_;
  PartsCopy copy_;
  std::size_t next_ = 0;
};

inline std::string_view FittingValues::fit(std::string_view record, std::string_view type,
                                           const std::vector<EntityAttribute>& attributes) {
  misfits_.clear();
  path_.clear();
  TypeFit entity(*this, source_.find(type), *destination_.find(type), record);
  for (const EntityAttribute& attribute : attributes) {
    entity.take(attribute);
  }
  return entity.finish(shortened_) == Fit::all ? record : std::string_view(shortened_);
}

inline const std::vector<Misfit>& FittingValues::judge(
    std::string_view type, const std::vector<EntityAttribute>& attributes) {
  misfits_.clear();
  if (!attributes.empty()) {
    const char* const begin = attributes.front().member().data();
    const std::string_view last = attributes.back().value;
    isJudging_ = true;
    fit({begin, static_cast<std::size_t>(last.data() + last.size() - begin)}, type, attributes);
    isJudging_ = false;
  }
  return misfits_;
}

inline FittingValues::Fit FittingValues::misfit(std::string reason, bool isUnknown, bool isHeld) {
  misfits_.push_back({path_, std::move(reason), isUnknown, isHeld});
  return Fit::none;
}

inline FittingValues::Fit FittingValues::misplaced(std::string what, const KnownAttribute& to) {
  return misfit("is " + std::move(what) + " where " + detail::nounOf(to) + " belongs", false,
                detail::holdsComponents(to));
}

inline FittingValues::Fit FittingValues::fitValue(const KnownAttribute* from,
                                                  const KnownAttribute& to, std::string_view value,
                                                  std::string& part) {
  using Kind = KnownAttribute::Kind;
  const bool isOtherKind =
      from != nullptr && from->kind != to.kind &&
      (detail::holdsComponents(*from) || detail::holdsComponents(to) || to.kind == Kind::relation);
  if (isOtherKind) {
    return misplaced(detail::nounOf(*from), to);
  }
  switch (to.kind) {
    case Kind::json:
      return Fit::all;
    case Kind::relation:
      return detail::isEmptyArray(value)
                 ? Fit::all
                 : misfit("refers to other records, which only links may do", false, true);
    case Kind::value:
      return misplaced(detail::shapeOf(value), to);
    case Kind::component:
      if (from != nullptr && from->components.front() != to.components.front()) {
        return misfit("is of " + printable(from->components.front(), 100) + " where " +
                      printable(to.components.front(), 100) + " belongs");
      }
      if (to.isRepeatable) {
        break;
      }
      return isJsonObject(value) ? fitComponent(to.components.front(), value, part)
                                 : misplaced(detail::shapeOf(value), to);
    case Kind::zone:
      break;
  }
  return value.front() == '[' ? fitElements(to, value, part)
                              : misplaced(detail::shapeOf(value), to);
}

inline FittingValues::Fit FittingValues::fitElements(const KnownAttribute& to,
                                                     std::string_view array, std::string& part) {
  PartsCopy copy(array);
  JsonCursor cursor(array);
  forEachElement(cursor, [&] {
    const std::string_view element = cursor.skipValue();
    const std::size_t length = path_.size();
    std::string shorter;
    switch (fitElement(to, element, shorter)) {
      case Fit::all:
        copy.keep(element);
        break;
      case Fit::part:
        copy.replace(element, {}, shorter);
        break;
      case Fit::none:
        copy.leaveOut(element);
    }
    path_.resize(length);
  });
  return copy.finish(part);
}

inline FittingValues::Fit FittingValues::fitElement(const KnownAttribute& to,
                                                    std::string_view element, std::string& part) {
  const bool isZone = to.kind == KnownAttribute::Kind::zone;
  path_ += "[]";
  if (!isJsonObject(element)) {
    return misfit(std::string("is ") + detail::shapeOf(element) + " where a component belongs",
                  false, true);
  }
  if (!isZone) {
    return fitComponent(to.components.front(), element, part);
  }
  std::string told;
  JsonCursor cursor(element);
  forEachMember(cursor, [&](std::string_view key) {
    const bool isType = key == "__component";
    const std::string_view value = cursor.skipValue();
    told = isType ? jsonStringOf(value).value_or("") : told;
  });
  // A schema that names none says nothing about them.
  const bool hasPlace =
      std::find(to.components.begin(), to.components.end(), told) != to.components.end() ||
      (to.components.empty() && !told.empty());
  if (hasPlace) {
    path_.pop_back();
    path_.append(printable(told, 100)).append("]");
    return fitComponent(told, element, part);
  }
  return misfit(told.empty() ? "does not say which component it is"
                             : "is of " + printable(told, 100) + ", which has no place here",
                false, true);
}

inline FittingValues::Fit FittingValues::fitComponent(const std::string& uid,
                                                      std::string_view object, std::string& part) {
  const KnownType* const to = destination_.find(uid);
  if (to == nullptr) {
    return misfit("is of " + printable(uid, 100) + ", which is not known");
  }
  TypeFit component(*this, source_.find(uid), *to, object);
  JsonCursor cursor(object);
  std::string_view name;
  for (bool hasMember = cursor.enterObject() && cursor.nextKey(name); hasMember;
       hasMember = cursor.nextKey(name)) {
    const std::string_view value = cursor.skipValue();
    if (isJudging_ && jsonStringEquals(name, "id") && isJsonString(value)) {
      misfit("has an id that is not a number", false, true);
    }
    if (jsonStringEquals(name, "id") || jsonStringEquals(name, "__component")) {
      component.keep({name, value});
    } else {
      component.take({name, value});
    }
  }
  return component.finish(part);
}

}  // namespace wsferry::strapi

#pragma once

#include <algorithm>

namespace wsferry::strapi::detail {

template <class List, class Value>
bool isAmong(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace wsferry::strapi::detail

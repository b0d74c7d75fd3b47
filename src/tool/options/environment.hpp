#pragma once

#include <functional>
#include <string>

namespace wsferry::tool {

/// Gives a variable of the environment, or an empty text.
using Environment = std::function<std::string(const char* name)>;

/// That of the process.
std::string environmentVariable(const char* name);

}  // namespace wsferry::tool

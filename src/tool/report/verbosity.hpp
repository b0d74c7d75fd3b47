#pragma once

namespace wsferry::tool {

/// How much a command tells: errors, what people want to see, or everything.
enum class Verbosity { quiet, normal, verbose };

}  // namespace wsferry::tool

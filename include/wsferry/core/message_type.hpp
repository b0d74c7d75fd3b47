#pragma once

namespace wsferry {

enum class MessageType { text, binary };

}  // namespace wsferry

#pragma once

#include <string>

#include "wsferry/core/message_type.hpp"

namespace wsferry {

struct Message {
  MessageType type = MessageType::text;
  std::string payload;
};

}  // namespace wsferry

#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/websocket/websocket_engine.hpp"

namespace support {

/// What an engine has told: the bytes that it wants sent, until a test takes them, and the rest.
struct EngineRecord : wsferry::WebSocketEngineEvents {
  std::string output;
  bool isOpen = false;
  std::deque<std::pair<wsferry::MessageType, std::string>> messages;
  std::vector<std::string> pongs;
  int closedCalls = 0;
  std::uint16_t closeCode = 0;
  std::string closeReason;
  std::error_code closeError;

  bool isClosed() const { return closedCalls > 0; }
  std::string takeOutput() { return std::exchange(output, {}); }

  void onOutput(std::string_view bytes) override { output += bytes; }
  void onOpen() override { isOpen = true; }
  void onMessage(wsferry::MessageType type, std::string payload) override {
    messages.emplace_back(type, std::move(payload));
  }
  void onPong(std::string_view payload) override { pongs.emplace_back(payload); }
  void onClosed(std::uint16_t code, std::string_view reason, std::error_code error) override {
    ++closedCalls;
    closeCode = code;
    closeReason = reason;
    closeError = error;
  }
};

}  // namespace support

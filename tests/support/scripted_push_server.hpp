#pragma once

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "testing/server/websocket_server.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/error.hpp"

namespace support {

using namespace wsferry;
using namespace wsferry::testing;

/// A message of a push as the scripted server got it.
struct PushMessage {
  std::string name;  ///< "init", "end", "close", "entities stream"..., and "look close" and "look
                     ///< end" where no beforeTransfer came before.
  std::string uuid;
  std::string params;
  std::string data;
  unsigned connection = 0;  ///< From 1.
  unsigned number = 0;      ///< Of this name, from 1, over all connections.
};

/// The other side of a push under a test's control: answers everything with success unless the
/// script says otherwise, and holds answers back until they are released.
class ScriptedPushServer {
 public:
  enum class Act {
    answer,
    answerLate,  ///< After a moment, for a client to send more if it does.
    hold,
    drop,
    ignore
  };
  struct Reaction {
    Act act = Act::answer;
    std::string data;   ///< In place of the usual answer, unless empty.
    std::string error;  ///< The message of an error answer, unless empty.
  };
  using Script = std::function<Reaction(const PushMessage&)>;

  explicit ScriptedPushServer(Script script = {}, std::string version = "5.54.0",
                              std::string agreed = R"("checksums":true,"assetEncoding":"base64")")
      : script_(std::move(script)),
        version_(std::move(version)),
        agreed_(std::move(agreed)),
        server_({}, [this](const HttpRequest&, WebSocketPeer& peer) {
          const std::lock_guard lock(mutex_);
          return std::make_shared<Session>(*this, peer, ++connections_);
        }) {}

  std::string adminUrl() const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + "/admin";
  }

  std::vector<PushMessage> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

  /// The names of what came over the connection.
  std::vector<std::string> names(unsigned connection) const {
    std::vector<std::string> names;
    for (const PushMessage& message : messages()) {
      if (message.connection == connection) {
        names.push_back(message.name);
      }
    }
    return names;
  }

  std::size_t count(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return countOf(name);
  }

  /// Blocks until so many messages of this name have come; false if they do not.
  bool waitFor(const std::string& name, std::size_t wanted = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return countOf(name) >= wanted; });
  }

  /// The most messages that waited for an answer at a time.
  std::size_t mostInFlight() const {
    const std::lock_guard lock(mutex_);
    return mostInFlight_;
  }

  /// Sends the answers held back, in the given order of their numbers in being held (from 0);
  /// everything in the order of arrival by default.
  void release(std::vector<std::size_t> order = {}) {
    std::vector<std::function<void()>> held;
    {
      const std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    if (order.empty()) {
      for (std::size_t i = 0; i < held.size(); ++i) {
        order.push_back(i);
      }
    }
    for (const std::size_t i : order) {
      held.at(i)();
    }
  }

  bool waitUntilIdle() const { return server_.waitUntilIdle(std::chrono::seconds(20)); }

  /// Messages of diagnostics, sent before each answer to `diagnosed`.
  std::vector<std::string> diagnostics;
  std::string diagnosed = "beforeTransfer";

 private:
  class Session final : public WebSocketSession, public std::enable_shared_from_this<Session> {
   public:
    Session(ScriptedPushServer& owner, WebSocketPeer& peer, unsigned connection)
        : owner_(owner), peer_(peer), connection_(connection) {}

    void onMessage(MessageType, std::string payload) override {
      PushMessage message = read(payload);
      message.connection = connection_;
      hasBegun_ = hasBegun_ || message.name == "beforeTransfer";
      if (!hasBegun_ && (message.name == "close" || message.name == "end")) {
        message.name.insert(0, "look ");
      }
      message.number = owner_.nextNumber(message.name);
      const Reaction reaction = owner_.script_ ? owner_.script_(message) : Reaction{};
      std::function<void()> held;
      if (reaction.act == Act::hold) {
        held = [weak = weak_from_this(), message, reaction] {
          if (const auto self = weak.lock()) {
            asio::post(self->peer_.executor(),
                       [self, message, reaction] { self->answer(message, reaction); });
          }
        };
      }
      owner_.note(message, std::move(held));
      if (reaction.act == Act::drop) {
        peer_.reset();
      } else if (reaction.act == Act::answer) {
        answer(message, reaction);
      } else if (reaction.act == Act::answerLate) {
        answerLate(message, reaction);
      }
    }

   private:
    void answerLate(const PushMessage& message, const Reaction& reaction) {
      const auto timer = std::make_shared<asio::steady_timer>(peer_.executor());
      timer->expires_after(std::chrono::milliseconds(20));
      timer->async_wait([weak = weak_from_this(), timer, message, reaction](std::error_code) {
        if (const auto self = weak.lock()) {
          self->answer(message, reaction);
        }
      });
    }

    void answer(const PushMessage& message, const Reaction& reaction) {
      if (message.name == owner_.diagnosed) {
        for (const std::string& words : owner_.diagnostics) {
          peer_.send(MessageType::text, R"({"diagnostic":{"kind":"info","details":{"message":)" +
                                            encodeJsonString(words) + "}},\"uuid\":\"x\"}");
        }
      }
      {
        const std::lock_guard lock(owner_.mutex_);
        --owner_.inFlight_;
      }
      std::string text = R"({"uuid":")" + message.uuid + "\",";
      if (!reaction.error.empty()) {
        text += R"("data":null,"error":{"code":"ProviderTransferError","message":)" +
                encodeJsonString(reaction.error) + R"(,"details":{"step":"transfer"}}})";
      } else {
        text += R"("error":null,"data":)" +
                (reaction.data.empty() ? owner_.usualAnswer(message) : reaction.data) + "}";
      }
      peer_.send(MessageType::text, text);
    }

    static PushMessage read(std::string_view payload) {
      std::string command, kind, step, action;
      PushMessage message;
      JsonCursor cursor(payload);
      if (!cursor.enterObject()) {
        throw Error(Errc::protocolViolation, "a message that is no object");
      }
      std::string_view key;
      while (cursor.nextKey(key)) {
        const std::string value(cursor.skipValue());
        const std::string text = value.front() == '"' ? value.substr(1, value.size() - 2) : value;
        (key == "command"  ? command
         : key == "kind"   ? kind
         : key == "step"   ? step
         : key == "action" ? action
         : key == "uuid"   ? message.uuid
         : key == "params" ? message.params
                           : message.data) = text;
      }
      message.name = !command.empty() ? command : kind == "step" ? step + " " + action : action;
      return message;
    }

    ScriptedPushServer& owner_;
    WebSocketPeer& peer_;
    const unsigned connection_;
    bool hasBegun_ = false;
  };

  std::size_t countOf(const std::string& name) const {
    return static_cast<std::size_t>(
        std::count_if(messages_.begin(), messages_.end(),
                      [&](const PushMessage& message) { return message.name == name; }));
  }

  unsigned nextNumber(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return static_cast<unsigned>(countOf(name)) + 1;
  }

  void note(const PushMessage& message, std::function<void()> held) {
    const std::lock_guard lock(mutex_);
    const bool isRepeated =
        std::any_of(messages_.begin(), messages_.end(),
                    [&](const PushMessage& before) { return before.uuid == message.uuid; });
    messages_.push_back(message);
    if (held) {
      held_.push_back(std::move(held));
    }
    mostInFlight_ = std::max(mostInFlight_, ++inFlight_);
    if (isRepeated) {
      // A server takes it once.
    } else if (message.name.find(" stream") != std::string::npos) {
      streamed_ += countItems(message.data);
    } else if (message.name.find(" start") != std::string::npos) {
      streamed_ = 0;
    }
    changed_.notify_all();
  }

  // Records, or assets that start.
  static std::size_t countItems(std::string_view data) {
    std::size_t items = 0;
    JsonCursor cursor(data);
    if (!cursor.enterArray()) {
      return items;
    }
    while (cursor.nextElement()) {
      const std::string_view item = cursor.skipValue();
      const bool isFlow = item.substr(0, 11) == R"({"action":")";
      items += !isFlow || item.substr(11, 5) == "start" ? 1 : 0;
    }
    return items;
  }

  std::string usualAnswer(const PushMessage& message) const {
    if (message.name == "init") {
      return R"({"transferID":"the-transfer")" + (agreed_.empty() ? "" : "," + agreed_) + "}";
    }
    if (message.name == "getMetadata") {
      return R"({"createdAt":"2024-01-01","strapi":{"version":")" + version_ + "\"}}";
    }
    if (message.name == "getSchemas") {
      return R"({"api::a.a":{"uid":"api::a.a"},"admin::user":{"uid":"admin::user"}})";
    }
    if (message.name.find(" end") != std::string::npos) {
      const std::lock_guard lock(mutex_);
      const std::string count = std::to_string(streamed_);
      return R"({"ok":true,"stats":{"started":)" + count + R"(,"finished":)" + count + "}}";
    }
    return message.name.find(" stream") != std::string::npos ? "null" : R"({"ok":true})";
  }

  const Script script_;
  const std::string version_;
  const std::string agreed_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PushMessage> messages_;
  std::vector<std::function<void()>> held_;
  unsigned connections_ = 0;
  std::size_t inFlight_ = 0;
  std::size_t mostInFlight_ = 0;
  std::size_t streamed_ = 0;
  WebSocketServer server_;  ///< Last: its thread uses the rest.
};

}  // namespace support

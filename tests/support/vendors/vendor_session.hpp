#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/server/http_request.hpp"
#include "testing/server/json_members.hpp"
#include "testing/server/websocket_server.hpp"

namespace support {

using namespace wsferry;
using namespace wsferry::testing;

enum class VendorFault {
  none,
  midStream,  ///< The vendor's error in place of the first final result.
  warning,    ///< A warning with each audio, where the vendor has such.
  refusing,   ///< No audio is taken, where the vendor has words for that.
  slow,       ///< Audio is acknowledged four messages at a time.
  lost,       ///< The connection ends there, without a word.
  closed      ///< It is closed there with code 1008, without an error before.
};

constexpr const char* vendorKey = "testing-key";

/// What a stand-in was asked for that its vendor does not take, and what it was sent as text; of
/// all its connections.
class VendorLog {
 public:
  void problem(std::string text) { add(problems_, std::move(text)); }
  void text(std::string text) { add(texts_, std::move(text)); }
  void audio(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    audio_ += bytes;
  }
  std::vector<std::string> problems() const { return read(problems_); }
  std::vector<std::string> texts() const { return read(texts_); }
  /// That came in binary messages.
  std::string audio() const {
    const std::lock_guard lock(mutex_);
    return audio_;
  }

 private:
  void add(std::vector<std::string>& list, std::string text) {
    const std::lock_guard lock(mutex_);
    list.push_back(std::move(text));
  }
  std::vector<std::string> read(const std::vector<std::string>& list) const {
    const std::lock_guard lock(mutex_);
    return list;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> problems_;
  std::vector<std::string> texts_;
  std::string audio_;
};

/// One connection of a stand-in for a vendor: what all of them have in common. It hears "hello
/// world" in the first 3,200 bytes of audio, with a partial result before, and "good bye" at the
/// end. It is strict: what the vendor does not take is noted, and ends the connection.
class VendorSession : public WebSocketSession {
 public:
  VendorSession(VendorLog& log, WebSocketPeer& peer, VendorFault fault, bool knowsKey)
      : log_(log), peer_(peer), fault_(fault), knowsKey_(knowsKey) {}

  void onMessage(MessageType type, std::string payload) final {
    if (closed_) {
      return;
    }
    if (ended_) {
      reject("a message behind the end: " + payload);
    } else if (type == MessageType::binary) {
      log_.audio(payload);
      onAudio(payload);
    } else {
      log_.text(payload);
      onText(payload);
    }
  }

 protected:
  virtual void onText(const std::string& text) = 0;
  virtual void onAudio(const std::string& bytes) { heard(bytes.size()); }
  virtual void sayPartial() = 0;  ///< "hello wor"
  virtual void sayFinal() = 0;    ///< "hello world", from 0.1 to 0.5 and 0.5 to 0.9 seconds
  virtual void sayLast() = 0;     ///< "good bye"
  virtual void sayEnd() = 0;
  virtual void sayError() = 0;  ///< With the words "the reason".

  void heard(std::size_t bytes) {
    ++audioMessages_;
    audioBytes_ += bytes;
    if (!std::exchange(hasPartial_, true)) {
      sayPartial();
    }
    if (audioBytes_ >= 3'200 && !std::exchange(hasFinal_, true)) {
      if (fault_ == VendorFault::midStream) {
        sayError();
      } else if (fault_ == VendorFault::lost) {
        closed_ = true;
        peer_.disconnect();
      } else if (fault_ == VendorFault::closed) {
        close(1008);
      } else {
        sayFinal();
      }
    }
  }

  void end() {
    ended_ = true;
    if (!refusesAudio()) {
      sayLast();
    }
    sayEnd();
  }

  void say(std::string_view text) {
    if (!closed_) {
      peer_.send(MessageType::text, text);
    }
  }
  void close(std::uint16_t code, std::string_view reason = "") {
    closed_ = true;
    peer_.close(code, reason);
  }
  void reject(const std::string& problem) {
    log_.problem(problem);
    close(1008, "not taken");
  }

  bool knowsKey() const { return knowsKey_; }
  bool isSlow() const { return fault_ == VendorFault::slow; }
  bool warns() const { return fault_ == VendorFault::warning; }
  bool refusesAudio() const { return fault_ == VendorFault::refusing; }
  std::size_t audioMessages() const { return audioMessages_; }

 private:
  VendorLog& log_;
  WebSocketPeer& peer_;
  const VendorFault fault_;
  const bool knowsKey_;
  bool closed_ = false;
  bool ended_ = false;
  bool hasPartial_ = false;
  bool hasFinal_ = false;
  std::size_t audioBytes_ = 0;
  std::size_t audioMessages_ = 0;
};

/// The query of a request's target, by name.
inline std::map<std::string, std::string> queryOf(const HttpRequest& request) {
  std::map<std::string, std::string> found;
  std::string_view rest = request.target;
  rest.remove_prefix(std::min(rest.find('?'), rest.size()));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view one = rest.substr(0, rest.find('&'));
    const std::size_t equals = std::min(one.find('='), one.size());
    found[std::string(one.substr(0, equals))] = one.substr(std::min(equals + 1, one.size()));
    rest.remove_prefix(one.size());
  }
  return found;
}

/// A stand-in as data: what its upgrade is like, and who its sessions are.
struct Vendor {
  std::string profile;
  std::string path;                     ///< With what the query has to have.
  std::vector<std::string> parameters;  ///< That the query may have.
  std::function<bool(const HttpRequest&)> knowsKey;
  std::string refusal;  ///< The body of a 401 for who is not known; empty: a message says it.
  std::function<std::shared_ptr<WebSocketSession>(VendorLog&, WebSocketPeer&, VendorFault, bool)>
      session;
  unsigned sampleRate = 16'000;
  /// What the vendor answers to a request for a URL, which is `url` here; empty: it has none.
  std::function<std::string(VendorLog&, const HttpRequest&, const std::string& url)>
      sessionRequest = {};
};

/// The environment variable that the tool takes a vendor's key from; empty where it has none.
inline std::string keyVariable(const Vendor& vendor) {
  if (vendor.profile == "vosk") {
    return {};
  }
  std::string name = vendor.profile + "_API_KEY";
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

template <class Session>
auto sessionsOf() {
  return [](VendorLog& log, WebSocketPeer& peer, VendorFault fault, bool knowsKey) {
    return std::make_shared<Session>(log, peer, fault, knowsKey);
  };
}

/// A stand-in that runs.
class VendorServer {
 public:
  explicit VendorServer(Vendor vendor, VendorFault fault = VendorFault::none)
      : vendor_(std::move(vendor)), fault_(fault) {}

  std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(server_.port()) + vendor_.path;
  }
  /// Where a URL is asked for.
  std::string requestUrl() const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) +
           vendor_.path.substr(0, vendor_.path.find('?'));
  }
  const VendorLog& log() const { return log_; }

 private:
  UpgradeDecision decide(const HttpRequest& request, WebSocketPeer& peer) {
    if (vendor_.sessionRequest && !request.asksForWebSocket()) {
      log_.text(request.body);
      return vendor_.sessionRequest(log_, request, url().substr(0, url().find('?')));
    }
    const auto& names = vendor_.parameters;
    for (const auto& [name, value] : queryOf(request)) {
      if (vendor_.path.find(name + "=") == std::string::npos &&
          std::find(names.begin(), names.end(), name) == names.end()) {
        log_.problem("the query parameter " + name);
        return httpResponse(400, "Bad Request", "application/json", R"({"message":"unknown"})");
      }
    }
    const bool isKnown = vendor_.knowsKey(request);
    if (!isKnown && !vendor_.refusal.empty()) {
      return httpResponse(401, "Unauthorized", "application/json", vendor_.refusal);
    }
    return vendor_.session(log_, peer, fault_, isKnown);
  }

  Vendor vendor_;
  VendorFault fault_;
  VendorLog log_;
  WebSocketServer server_{{}, [this](const HttpRequest& request, WebSocketPeer& peer) {
                            return decide(request, peer);
                          }};
};

}  // namespace support

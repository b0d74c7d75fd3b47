// A destination that goes while its server speaks: in its own handler, and beside it.

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "catch.hpp"
#include "support/client_calls.hpp"
#include "support/error_of.hpp"
#include "support/scripted_push_server.hpp"
#include "support/scripted_server.hpp"
#include "wsferry/strapi/remote_destination.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::strapi;
using namespace wsferry::testing;

namespace {

/// A push that has sent a batch and does not wait for its answer, before which the server sends
/// three diagnostics. The answer is held back until the push is under way.
class PushUnderWay {
 public:
  using Handler = std::function<void(PushUnderWay&)>;

  PushUnderWay(std::string diagnosed, Handler handler)
      : server([diagnosed](const PushMessage& message) {
          const bool isHeld = message.name == diagnosed;
          return ScriptedPushServer::Reaction{
              isHeld ? ScriptedPushServer::Act::hold : ScriptedPushServer::Act::answer, "", ""};
        }) {
    server.diagnosed = diagnosed;
    server.diagnostics = {"one", "two", "three"};
    RemoteDestinationOptions options;
    options.keepAlive.pingInterval = Duration(0);
    options.onDiagnostic = [this, handler = std::move(handler)](const Diagnostic&) {
      ++calls;
      handler(*this);
    };
    destination = std::make_unique<RemoteDestination>(server.adminUrl(), options);
    destination->bootstrap();
    destination->beforeTransfer({});
    if (diagnosed == "entities stream") {
      sendRecords();
    } else {
      sendAsset();
    }
    REQUIRE(server.waitFor(diagnosed));
  }

  ScriptedPushServer server;
  std::atomic<int> calls{0};
  std::unique_ptr<RemoteDestination> destination;

 private:
  void sendRecords() {
    destination->beginStage(TransferStage::entities);
    for (int i = 0; i < 100; ++i) {
      destination->records().record(R"({"type":"api::a.a","id":1,"data":{}})");
    }
  }

  void sendAsset() {
    const std::string bytes(2u << 20, 'x');
    destination->beginStage(TransferStage::assets);
    destination->assets().begin("a", {"a.png", bytes.size(), R"({"id":1})"});
    destination->assets().write("a", bytes);
  }
};

const auto heldMessages = {"entities stream", "assets stream"};

/// Long enough for a destructor that does not wait to return.
constexpr auto notYet = std::chrono::milliseconds(300);

}  // namespace

TEST_CASE("inside onDiagnostic a destination may be destroyed") {
  const std::string diagnosed = GENERATE(from_range(heldMessages));
  CAPTURE(diagnosed);
  std::promise<void> destroyed;
  PushUnderWay push(diagnosed, [&destroyed](PushUnderWay& own) {
    own.destination.reset();
    destroyed.set_value();
  });
  push.server.release();
  get(destroyed.get_future());
  CHECK(push.server.waitUntilIdle());
  CHECK(push.calls == 1);
  CHECK(push.server.count("rollback") == 0);
}

TEST_CASE("inside onDiagnostic no call of a destination waits for itself") {
  const std::string diagnosed = GENERATE(from_range(heldMessages));
  const bool isRolledBack = GENERATE(false, true);
  CAPTURE(diagnosed, isRolledBack);
  std::promise<std::vector<std::error_code>> refused;
  PushUnderWay push(diagnosed, [&](PushUnderWay& own) {
    RemoteDestination& destination = *own.destination;
    std::vector<std::error_code> errors = {
        errorOf([&] { destination.bootstrap(); }),
        errorOf([&] { destination.beforeTransfer({}); }),
        errorOf([&] { destination.beginStage(TransferStage::links); }),
        errorOf([&] { destination.close(); }),
    };
    if (isRolledBack) {
      destination.rollback();
    }
    own.destination.reset();
    refused.set_value(std::move(errors));
  });
  push.server.release();
  for (const std::error_code& error : get(refused.get_future())) {
    CHECK(error == Errc::invalidState);
  }
  CHECK(push.server.waitUntilIdle());
  CHECK(push.server.count("links start") == 0);
  CHECK(push.server.count("close") == 0);
  CHECK(push.server.count("rollback") == 0);
  CHECK(push.calls == 1);
}

TEST_CASE("destruction of a destination waits for onDiagnostic, and no more of it comes") {
  const std::string diagnosed = GENERATE(from_range(heldMessages));
  CAPTURE(diagnosed);
  std::promise<void> runs;
  std::promise<void> isBack;
  auto back = isBack.get_future();
  std::future_status seen = std::future_status::ready;
  std::atomic<bool> isDestroyed{false};
  std::atomic<int> after{0};
  PushUnderWay push(diagnosed, [&](PushUnderWay& own) {
    after += isDestroyed ? 1 : 0;
    if (own.calls == 1) {
      runs.set_value();
      seen = back.wait_for(notYet);
    }
  });
  push.server.release();
  get(runs.get_future());
  push.destination.reset();
  isDestroyed = true;
  isBack.set_value();
  CHECK(seen == std::future_status::timeout);
  CHECK(push.server.waitUntilIdle());
  CHECK(after == 0);
}

TEST_CASE("cancelling a destination inside onDiagnostic ends its push") {
  const std::string diagnosed = GENERATE(from_range(heldMessages));
  CAPTURE(diagnosed);
  std::promise<void> cancelled;
  PushUnderWay push(diagnosed, [&cancelled](PushUnderWay& own) {
    if (own.calls == 1) {
      own.destination->cancel();
      cancelled.set_value();
    }
  });
  push.server.release();
  get(cancelled.get_future());
  CHECK(errorOf([&push] { push.destination->beginStage(TransferStage::links); }) ==
        Errc::cancelled);
  push.destination->rollback();
  CHECK(push.server.waitUntilIdle());
}

TEST_CASE("after a rollback a destination that looks again is cancelled while it connects") {
  std::promise<void> connecting;
  int connections = 0;
  ScriptedServer server(
      [&](asio::ip::tcp::socket& socket) {
        if (++connections == 3) {
          readHead(socket);
          connecting.set_value();
          readToEnd(socket);  // The upgrade is never answered.
          return;
        }
        ServerPeer peer(socket);
        while (const auto message = peer.receive()) {
          const std::string& text = message->second;
          const auto isFor = [&](const char* what) { return text.find(what) != std::string::npos; };
          const std::string uuid = text.substr(text.find(R"("uuid":")") + 8, 36);
          peer.send(MessageType::text,
                    R"({"uuid":")" + uuid + R"(",)" +
                        (isFor("beforeTransfer") ? R"("error":{"message":"no"}})"
                         : isFor("getMetadata")  ? R"("data":{"strapi":{"version":"5.54.0"}}})"
                         : isFor("getSchemas")   ? R"("data":{"api::a.a":{}}})"
                                                 : R"("data":{"transferID":"t"}})"));
        }
      },
      3);
  RemoteDestinationOptions options;
  options.keepAlive.pingInterval = Duration(0);
  RemoteDestination destination("http://" + server.authority() + "/admin", options);
  destination.bootstrap();
  CHECK(errorOf([&] { destination.beforeTransfer({}); }) == ErrorCondition::remote);
  destination.rollback();
  auto looked =
      std::async(std::launch::async, [&] { return errorOf([&] { destination.bootstrap(); }); });
  get(connecting.get_future());
  destination.cancel();
  CHECK(get(std::move(looked)) == Errc::cancelled);
}

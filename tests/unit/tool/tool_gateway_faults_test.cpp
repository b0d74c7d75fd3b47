#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/error_of.hpp"
#include "tool/serve/gateway_faults.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::testing;
using tool::addGatewayFault;

TEST_CASE("faults are what --fault says") {
  GatewayServerOptions options;
  SECTION("of a stream") {
    addGatewayFault("audio=close,after=64000,code=1011", options);
    CHECK(options.fault.moment == GatewayFault::Moment::audio);
    CHECK(options.fault.kind == GatewayFault::Kind::close);
    CHECK(options.fault.afterBytes == 64'000);
    CHECK(options.fault.closeCode == 1011);
  }
  SECTION("of an upgrade, with the gateway's words") {
    addGatewayFault("upgrade=error,status=403,name=GENERAL_AUTHORIZATION_ERROR", options);
    CHECK(options.fault.httpStatus == 403);
    CHECK(support::contains(options.fault.error, R"("statusCode":403)"));
    CHECK(support::contains(options.fault.error,
                            R"("internalErrorName":"GENERAL_AUTHORIZATION_ERROR")"));
  }
  SECTION("of an upgrade, as it is") {
    addGatewayFault("upgrade=error", options);
    CHECK(options.fault.httpStatus == 401);
  }
  SECTION("of the services") {
    addGatewayFault("token=refusal,status=401", options);
    addGatewayFault("egress=cut,after=3,times=0", options);
    addGatewayFault("upload=refusal,after=9,status=500", options);
    CHECK(options.tokenFault.kind == TokenFault::Kind::refusal);
    CHECK(options.tokenFault.httpStatus == 401);
    CHECK(options.egressFault.kind == EgressFault::Kind::cut);
    CHECK(options.egressFault.afterResults == 3);
    CHECK(options.egressFault.times == 0);
    CHECK(options.uploadFault.kind == UploadFault::Kind::refusal);
    CHECK(options.uploadFault.afterBytes == 9);
    CHECK(options.uploadFault.httpStatus == 500);
  }
  SECTION("of an uploaded stream") {
    addGatewayFault("upload=failed", options);
    CHECK(options.uploadState == "FAILED");
  }
}

TEST_CASE("a fault that means nothing is refused with what there is") {
  GatewayServerOptions options;
  const auto row = GENERATE(table<std::string, std::string>({
      {"audio", "is not PLACE=KIND"},
      {"=reset", "is not PLACE=KIND"},
      {"audio=", "is not PLACE=KIND"},
      {"nowhere=reset", "upgrade, metadata, audio, end, server-end, token, egress and upload"},
      {"audio=explode", "error, close, reset, disconnect, silence, freeze, end-of-stream"},
      {"upload=explode", "failed"},
      {"audio=reset,after", "not NAME=VALUE"},
      {"audio=reset,after=x", "must be a number"},
      {"audio=reset,after=1,after=2", "given twice"},
      {"end=reset,after=1", "\"after\" means nothing for end"},
      {"audio=reset,code=1011", "\"code\" means nothing for audio"},
      {"end=close,code=99", "from 1000 to 4999"},
      {"metadata=error,status=200", "from 400 to 599"},
      {"token=silence,status=500", "\"status\" means nothing for token"},
      {"egress=cut,bytes=5", "\"bytes\" means nothing for egress"},
      {"egress=reset,name=X", "\"name\" means nothing for egress"},
      {"upload=reset,status=500", "\"status\" means nothing for upload"},
      {"upgrade=end-of-stream", "it can be error, reset, disconnect, freeze"},
  }));
  const std::string message =
      support::messageOf([&] { addGatewayFault(std::get<0>(row), options); });
  CHECK(support::contains(message, std::get<1>(row)));
}

TEST_CASE("a stream and each service have one fault") {
  GatewayServerOptions options;
  const auto [first, second] =
      GENERATE(table<std::string, std::string>({{"audio=reset", "end=reset"},
                                                {"token=html", "token=silence"},
                                                {"egress=cut,after=3", "egress=reset"},
                                                {"upload=reset,after=3", "upload=html"}}));
  addGatewayFault(first, options);
  CHECK_THROWS_AS(addGatewayFault(second, options), Error);
}

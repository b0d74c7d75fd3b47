#pragma once

#include <memory>
#include <string_view>

#include "wsferry/strapi/detail/dispatch/blocking_connection.hpp"
#include "wsferry/strapi/detail/messages/batch_text.hpp"
#include "wsferry/strapi/detail/push/batch_flow.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// A push's connection: requests are answered one by one, batches while more are sent.
class PushPipeline : public BlockingConnection {
 public:
  /// @throws Error with Errc::invalidUrl.
  PushPipeline(std::string_view adminUrl, const WebSocketOptions& options,
               const DispatcherOptions& dispatcherOptions)
      : BlockingConnection(adminUrl, TransferKind::push, options, dispatcherOptions) {}

  /// One message in flight until this is called.
  void setWindow(BatchWindow limits);

  /// Before the batches of a stage.
  void beginBatches();

  /// Sends a batch once the window has room for it, and the server can use it. @throws Error: that
  /// of the first batch that failed, before it sends any more; with Errc::messageTooBig, sending
  /// nothing, above the 100 MiB that a server accepts; as start().
  void send(Batch batch);

  /// Waits until everything sent is answered. @throws Error as send() does.
  void drain();

 private:
  /// Guarded by the bridge. Outlives the connection as long as a batch is under way.
  const std::shared_ptr<BatchFlow> flow_ = std::make_shared<BatchFlow>();
};

}  // namespace wsferry::strapi

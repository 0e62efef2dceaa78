// Azurite answers 400 (PopReceiptMismatch) to whoever deletes or changes a message by a receipt that has been replaced since; Azure answers 404 (MessageNotFound), as if it were gone. Durable goes
// by the difference: what is gone it passes over, and of what else it gives up all that it was doing for the orchestration. Where messages come again before they are done, on a machine that has too
// much to do or after a kill, it began the same again and again.
"use strict";

// No message has it.
const nobody = "";

/** Changes Azurite's class of queues' metadata. */
exports.install = function ({ prototype: store }) {
  const { deleteMessage, updateMessage } = store;

  store.deleteMessage = function (account, queue, id, receipt, context) {
    return orGone(() => deleteMessage.call(this, account, queue, id, receipt, context), () => deleteMessage.call(this, account, queue, nobody, receipt, context));
  };

  store.updateMessage = function (message, receipt, context) {
    return orGone(() => updateMessage.call(this, message, receipt, context), () => updateMessage.call(this, { ...message, messageId: nobody }, receipt, context));
  };
};

async function orGone(change, fail) {
  try {
    return await change();
  } catch (failure) {
    if (failure.storageErrorCode !== "PopReceiptMismatch")
      throw failure;
    return await fail();
  }
}

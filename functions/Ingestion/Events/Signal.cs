using System.Runtime.ExceptionServices;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>An event on its way to who takes its document up.</summary>
internal sealed class Signal(DocumentEvent message)
{
    public DocumentEvent Message { get; } = message;

    public DocumentName Document => Message.Document;

    /// <summary>The status says already what the event does: nothing is to be done.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>The document's status before; null: it had none.</summary>
    public DocumentStatus? Before { get; set; }

    /// <summary>The batch that the status names; null: none.</summary>
    public string? Batch { get; set; }

    /// <summary>Since when the document waits for a pass that none has begun; null: it does not.</summary>
    public DateTimeOffset? DueSince { get; set; }

    /// <summary>Whether a batch that is begun with it takes the document up.</summary>
    public bool IsTakenUp { get; set; }

    /// <summary>Why the event could not be noted, or its batch not be begun.</summary>
    public ExceptionDispatchInfo? Failure { get; set; }
}

using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Ingestion.Transfers.Imports;
using Serverless.Functions.Ingestion.Transfers.Restores;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>The orchestration's input, and the whole of its state: history is begun anew before it grows long, and names things instead of holding them.</summary>
/// <param name="Step">How many steps have been done.</param>
/// <param name="DelaySeconds">Before the next.</param>
/// <param name="Import">How far an import is; the one of its kind that is not null once it has begun.</param>
public sealed record TransferWork(
    TransferKind Kind, string Collection, string Id, int Step = 0, bool IsDone = false, int DelaySeconds = 0, ImportPlace? Import = null, ExportPlace? Export = null, RestorePlace? Restore = null);

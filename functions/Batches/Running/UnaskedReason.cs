namespace Serverless.Functions.Batches.Running;

/// <summary>Why a request of a batch was not asked.</summary>
internal sealed record UnaskedReason(string Code, string Message)
{
    public static readonly UnaskedReason Expired = new("batch_expired", "The batch's completion window was over before this request was asked.");
    public static readonly UnaskedReason Cancelled = new("batch_cancelled", "The batch was cancelled before this request was asked.");
    public static readonly UnaskedReason Failed = new("batch_failed", "The batch failed before this request was asked.");
    public static readonly UnaskedReason ClientGone = new("client_gone", "The client that made the batch is gone, switched off or expired, or may do nothing but read.");
}

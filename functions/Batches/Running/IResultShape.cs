using Serverless.Contracts;

namespace Serverless.Functions.Batches.Running;

/// <summary>The lines in which an API tells what came of a batch's requests. None has an end of line.</summary>
internal interface IResultShape
{
    /// <summary>A request that its endpoint answered.</summary>
    /// <param name="body">JSON.</param>
    ReadOnlyMemory<byte> Answered(string customId, int status, ReadOnlyMemory<byte> body);

    /// <summary>A request that was refused or failed.</summary>
    ReadOnlyMemory<byte> Refused(string customId, int status, ErrorDetail error);

    /// <summary>A request that was not asked.</summary>
    ReadOnlyMemory<byte> Unasked(string customId, UnaskedReason reason);
}

namespace Serverless.Contracts.OpenAI;

/// <summary>Whom an answer is pushed to over SignalR.</summary>
/// <param name="Hub">1..128 letters, digits and <c>_</c>, a letter first.</param>
/// <param name="User">The user whose connections get it, 1..256 characters.</param>
/// <param name="StreamId">What its messages carry; made by the worker where it is null. 1..64 letters, digits, <c>-</c> and <c>_</c>.</param>
public sealed record StreamTarget(string? Hub = null, string? User = null, string? StreamId = null)
{
    /// <summary>Users never reach a log by way of ToString.</summary>
    public override string ToString() => nameof(StreamTarget);
}

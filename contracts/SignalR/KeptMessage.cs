namespace Serverless.Contracts.SignalR;

/// <summary>A message of a stream as it was sent.</summary>
/// <param name="Seq">Its number in the stream, from 0.</param>
/// <param name="Bytes">About what it takes.</param>
public sealed record KeptMessage(long Seq, string Target, object Argument, int Bytes)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Target} {Seq}";
}

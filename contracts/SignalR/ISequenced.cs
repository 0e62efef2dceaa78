namespace Serverless.Contracts.SignalR;

/// <summary>A message of a stream, which has a number there.</summary>
public interface ISequenced
{
    /// <summary>From 0, counted over a stream's messages of every kind.</summary>
    long Seq { get; }
}

namespace Serverless.Functions.Providers;

/// <summary>How a call of a provider can fail.</summary>
public enum UpstreamFailure
{
    /// <summary>No connection, or it broke.</summary>
    Connection,

    /// <summary>Nothing came in time.</summary>
    Timeout,

    /// <summary>The provider answered with an error.</summary>
    Status,

    /// <summary>The provider answered something that is not its format, or too much.</summary>
    InvalidResponse,

    /// <summary>The prompt leaves no room for an answer, or more tokens were asked for than the provider allows.</summary>
    TooLong,
}

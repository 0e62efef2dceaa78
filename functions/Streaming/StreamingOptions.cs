using Microsoft.Extensions.Configuration;
using Serverless.Contracts.SignalR;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Streaming;

/// <summary>The settings of streams to web apps.</summary>
/// <param name="Connection"><c>SignalR:ConnectionString</c>: with an access key, or <c>AuthType=azure.msi</c> for the app's identity.</param>
/// <param name="MaxStreams"><c>Streaming:MaxStreams</c>, 1..10,000: answers that one instance pushes at once. Default 256.</param>
/// <param name="DrainTime"><c>Streaming:DrainSeconds</c>, 0..600: how long an instance that is stopping lets its answers finish. Default 20.</param>
/// <param name="KeepTime"><c>Streaming:KeepSeconds</c>, 1..600: how long an answer's messages are kept in memory after its end, for a caller who lost the connection. Default 60.</param>
public sealed record StreamingOptions(SignalRConnectionString Connection, int MaxStreams, TimeSpan DrainTime, TimeSpan KeepTime)
{
    /// <summary>The hub that web apps connect to.</summary>
    public const string Hub = "answers";

    /// <summary>How long the token of a negotiation is good for; a connection outlives it.</summary>
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(1);

    /// <exception cref="InvalidOperationException">A setting is missing or out of range; the message names it.</exception>
    public static StreamingOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        SignalRConnectionString connection;
        try
        {
            connection = SignalRConnectionString.Parse(configuration["SignalR:ConnectionString"], "SignalR:ConnectionString");
        }
        catch (FormatException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }

        return new StreamingOptions(
            connection,
            configuration.WholeNumber("Streaming:MaxStreams", 1, 10_000, 256),
            configuration.Seconds("Streaming:DrainSeconds", 0, 600, TimeSpan.FromSeconds(20)),
            configuration.Seconds("Streaming:KeepSeconds", 1, 600, TimeSpan.FromSeconds(60)));
    }
}

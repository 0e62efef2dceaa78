using System.Collections.Concurrent;
using Azure.Identity;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Contracts.SignalR;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Streaming;

/// <summary>
/// Whose connections are: an answer is pushed to the caller's own and to no other, or a caller could write into another's page. A connection's owner
/// does not change, so it is asked once. Thread-safe.
/// </summary>
public sealed class ConnectionOwners(SignalRServiceClient signalR)
{
    private const int MaxKnown = 10_000;

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <exception cref="GatewayException">404 when the caller has no such connection, whether another has it or nobody; 503 when SignalR does not say.</exception>
    public async Task RequireAsync(string connectionId, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (!_known.TryGetValue(connectionId, out var owner))
        {
            owner = await FindAsync(connectionId, cancellationToken).ConfigureAwait(false);
            if (owner is not null)
            {
                if (_known.Count >= MaxKnown) _known.Clear();
                _known[connectionId] = owner;
            }
        }

        if (owner != caller.Subject) throw GatewayException.NotFound("connection_not_found", "'connectionId' must be a connection of the caller's own.", "connectionId");
    }

    private async Task<string?> FindAsync(string connectionId, CancellationToken cancellationToken)
    {
        try
        {
            return await signalR.FindUserAsync(StreamingOptions.Hub, connectionId, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SignalRRequestException or AuthenticationFailedException)
        {
            throw new GatewayException(
                StatusCodes.Status503ServiceUnavailable,
                new ErrorDetail("signalr_unavailable", "The SignalR service did not say whose the connection is.", "server_error"),
                (exception as SignalRRequestException)?.RetryAfter ?? TimeSpan.FromSeconds(1),
                exception);
        }
    }
}

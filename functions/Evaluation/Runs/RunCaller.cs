using Serverless.Functions.Clients;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>Who started a run. A client is looked up again for every batch, so that one that is removed or loses a right loses it here too.</summary>
/// <param name="IsStored">Whether it is one of the gateway's clients; otherwise what is here holds for the whole run.</param>
public sealed record RunCaller(string ClientId, bool IsStored, IReadOnlyList<string> Groups, bool IsOperator, IReadOnlyList<string>? AllowedRoutes)
{
    public static async Task<RunCaller> OfAsync(Caller caller, ClientStore clients, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(clients);
        var stored = await clients.FindAsync(caller.ClientId, cancellationToken) is not null;
        return new RunCaller(caller.ClientId, stored, caller.Groups, caller.IsOperator, caller.AllowedRoutes);
    }

    /// <summary>The caller as of now; null when the client is gone, switched off or expired.</summary>
    public async Task<Caller?> FindAsync(ClientStore clients, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(clients);
        if (!IsStored) return new Caller(ClientId, Groups, IsOperator) { AllowedRoutes = AllowedRoutes };
        var client = await clients.FindAsync(ClientId, cancellationToken);
        return client is null or { Disabled: true } || client.ExpiresAt <= now ? null : client.ToCaller();
    }
}

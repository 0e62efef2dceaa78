namespace Serverless.Functions.Clients;

/// <summary>
/// Who asked for work that goes on without a request: an evaluation, a batch. A client is looked up again whenever the work goes on, so that one that is removed or loses a right loses
/// it here too.
/// </summary>
/// <param name="IsStored">Whether it is one of the gateway's clients; otherwise what is here holds as long as the work does.</param>
public sealed record StandingCaller(string ClientId, bool IsStored, IReadOnlyList<string> Groups, bool IsOperator, IReadOnlyList<string>? AllowedRoutes)
{
    /// <inheritdoc cref="Caller.AllowedCollections"/>
    public IReadOnlyList<string>? AllowedCollections { get; init; }

    /// <inheritdoc cref="Caller.AllowedModels"/>
    public IReadOnlyList<string>? AllowedModels { get; init; }

    /// <inheritdoc cref="Caller.AllowedMcpServers"/>
    public IReadOnlyList<string>? AllowedMcpServers { get; init; }

    /// <inheritdoc cref="Caller.Person"/>
    public string? Person { get; init; }

    /// <inheritdoc cref="Caller.TokenRole"/>
    public ClientRole? TokenRole { get; init; }

    /// <inheritdoc cref="Caller.TokenGroups"/>
    public IReadOnlyList<string> TokenGroups { get; init; } = [];

    public static async Task<StandingCaller> OfAsync(Caller caller, ClientStore clients, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(clients);
        var stored = await clients.FindAsync(caller.ClientId, cancellationToken) is not null;
        return new StandingCaller(caller.ClientId, stored, caller.Groups, caller.IsOperator, caller.AllowedRoutes)
        {
            AllowedCollections = caller.AllowedCollections,
            AllowedModels = caller.AllowedModels,
            AllowedMcpServers = caller.AllowedMcpServers,
            Person = caller.Person,
            TokenRole = caller.TokenRole,
            TokenGroups = caller.TokenGroups,
        };
    }

    /// <summary>The caller as of now; null when the client is gone, switched off or expired, or may do nothing but read by now.</summary>
    public async Task<Caller?> FindAsync(ClientStore clients, DateTimeOffset now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(clients);
        if (!IsStored)
        {
            return new Caller(ClientId, Groups, IsOperator)
            {
                AllowedRoutes = AllowedRoutes,
                AllowedCollections = AllowedCollections,
                AllowedModels = AllowedModels,
                AllowedMcpServers = AllowedMcpServers,
                Person = Person,
            };
        }

        return As(await clients.FindAsync(ClientId, cancellationToken), now);
    }

    /// <summary>The same of a client as it is stored at this time. What a token gave beside it holds as long as the work does.</summary>
    internal Caller? As(ClientRecord? client, DateTimeOffset now)
    {
        if (client?.IsActive(now) != true) return null;
        var role = TokenRole ?? client.EffectiveRole;
        if (role == ClientRole.Reader) return null;
        return client.ToCaller() with
        {
            IsOperator = role == ClientRole.Operator,
            IsReader = false,
            Groups = [.. client.Groups.Union(TokenGroups, StringComparer.Ordinal)],
            Person = Person,
        };
    }
}

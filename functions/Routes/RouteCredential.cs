using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>
/// Which secret a route presents where. It belongs to provider, address and account and not to a version: a rotated key serves
/// old versions too, and a key is never sent to an address that it was not given for.
/// </summary>
public sealed record RouteCredential(string Provider, string? ApiBase, SecretReference Secret)
{
    /// <summary>As <see cref="RouteModel.Account"/>.</summary>
    public string? Account { get; init; }

    public bool IsFor(RouteModel model) => Provider == model.Provider && ApiBase == model.ApiBase && Account == model.Account;

    /// <summary>Whether it is presented where another is.</summary>
    internal bool Replaces(RouteCredential other) => Provider == other.Provider && ApiBase == other.ApiBase && Account == other.Account;
}

using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>
/// Which secret a route presents where. It belongs to the pair of provider and address and not to a version: a rotated key serves
/// old versions too, and a key is never sent to an address that it was not given for.
/// </summary>
public sealed record RouteCredential(string Provider, string? ApiBase, SecretReference Secret)
{
    public bool IsFor(RouteModel model) => Provider == model.Provider && ApiBase == model.ApiBase;
}

namespace Serverless.Functions.Routes;

/// <summary>The model behind a route.</summary>
/// <param name="Provider">A provider's name, for example <c>gpu-worker</c>.</param>
/// <param name="Name">The model's name at the provider.</param>
/// <param name="ApiBase">Where the provider is; null means its default, as the settings say at the time of a call.</param>
public sealed record RouteModel(string Provider, string Name, string? ApiBase = null)
{
    /// <summary>Which of several keys for one provider and address: a name of the operator's, or a number from 2; null for the only one, or the first.</summary>
    public string? Account { get; init; }

    /// <summary>The words of the provider's block, by the fields' names; null for none. Never a credential.</summary>
    public IReadOnlyDictionary<string, string>? Config { get; init; }
}

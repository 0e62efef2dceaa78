using Serverless.Functions.Secrets;

namespace Serverless.Functions.Providers;

/// <summary>Where a call goes.</summary>
/// <param name="ApiBase">Without a trailing slash in its path, or with the root path.</param>
/// <param name="Model">The model's name at the provider.</param>
/// <param name="Key">Null when none is needed.</param>
public sealed record ProviderTarget(Uri ApiBase, string Model, SecretText? Key)
{
    /// <summary>The address of <paramref name="path"/> (without a leading slash) under the base.</summary>
    public Uri At(string path) => new($"{ApiBase.AbsoluteUri.TrimEnd('/')}/{path}");

    public override string ToString() => Model;
}

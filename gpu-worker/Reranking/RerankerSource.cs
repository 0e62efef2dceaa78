using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;

namespace Serverless.GpuWorker.Reranking;

/// <summary>What the setting names: a cross-encoder's folder, or <c>maxsim:</c> and an encoder (a package's short name or a folder) for late interaction.</summary>
/// <param name="Path">The folder or the package's short name.</param>
/// <param name="IsLateInteraction">Whether it is an encoder whose tokens are compared.</param>
public sealed record RerankerSource(string Path, bool IsLateInteraction)
{
    private const string Prefix = "maxsim:";

    public static RerankerSource Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.StartsWith(Prefix, StringComparison.Ordinal) ? new RerankerSource(source[Prefix.Length..], true) : new RerankerSource(source, false);
    }

    /// <summary>What requests call it.</summary>
    public string Name
    {
        get
        {
            var package = IsLateInteraction ? BertPackage.All.FirstOrDefault(package => package.ShortName == Path) : null;
            var name = package?.Name ?? new DirectoryInfo(Path).Name;
            return IsLateInteraction ? $"{name}-maxsim" : name;
        }
    }

    /// <summary>Whether there is such a folder or package.</summary>
    public bool Exists => Directory.Exists(Path) || (IsLateInteraction && BertPackage.All.Any(package => package.ShortName == Path));
}

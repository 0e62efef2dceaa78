namespace Serverless.Functions.Hosting;

/// <summary>A path that needs no credentials; every other path is refused without them. Registered as a singleton by the room that owns the path.</summary>
/// <param name="Path">An absolute path, or a prefix that ends in <c>/*</c>. Compared without regard to case.</param>
public sealed record PublicPath(string Path)
{
    public bool Matches(string path)
    {
        if (Path.EndsWith("/*", StringComparison.Ordinal)) return path.StartsWith(Path[..^1], StringComparison.OrdinalIgnoreCase);
        return string.Equals(Path, path.Length > 1 ? path.TrimEnd('/') : path, StringComparison.OrdinalIgnoreCase);
    }
}

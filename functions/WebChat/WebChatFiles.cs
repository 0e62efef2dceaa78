using System.Collections.Concurrent;

namespace Serverless.Functions.WebChat;

/// <summary>
/// The page's files, by name: those of the folder when the app started and no others, so that no path reaches anything else. Each is read when it is
/// first asked for.
/// </summary>
/// <param name="folder">Where they are; a folder that is not there has none.</param>
public sealed class WebChatFiles(string folder)
{
    /// <summary>The one that is sent for the folder itself.</summary>
    public const string Index = "index.html";

    private readonly Dictionary<string, string> _types = Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder).Select(f => (Name: Path.GetFileName(f), Type: TypeOf(f))).Where(f => f.Type is not null).ToDictionary(f => f.Name, f => f.Type!, StringComparer.Ordinal)
        : [];

    private readonly ConcurrentDictionary<string, WebChatFile> _read = new(StringComparer.Ordinal);

    /// <returns>Null where the page has no such file.</returns>
    public WebChatFile? Find(string name)
    {
        if (_read.TryGetValue(name, out var there)) return there;
        return _types.TryGetValue(name, out var type) ? _read.GetOrAdd(name, WebChatFile.Of(type, File.ReadAllBytes(Path.Combine(folder, name)))) : null;
    }

    private static string? TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        _ => null,
    };
}

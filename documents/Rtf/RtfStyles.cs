using System.Text;
using Serverless.Documents.Office;

namespace Serverless.Documents.Rtf;

/// <summary>A document's styles: which are headings, by their names as Word has them or by their outline levels, and which are of a table of contents.</summary>
internal sealed class RtfStyles
{
    private const int MaxStyles = 4096;
    private const int MaxName = 200;

    private readonly Dictionary<int, int?> _levels = [];
    private readonly HashSet<int> _contents = [];
    private readonly StringBuilder _name = new();

    /// <summary>Of the style that is being read, as it says itself.</summary>
    public int? Outline { get; set; }

    /// <summary>Adds to the name of the style that is being read: <c>heading 1;</c>.</summary>
    public void AddName(string text)
    {
        if (_name.Length < MaxName) _name.Append(text);
    }

    /// <summary>Ends a style's description; nothing where it has no name.</summary>
    public void End(int style)
    {
        var name = _name.ToString().Trim(' ', ';');
        if (name.Length == 0) return;
        if (WordStyles.IsContents(name) && _contents.Count < MaxStyles) _contents.Add(style);
        if (_levels.Count < MaxStyles) _levels[style] = WordStyles.LevelOf(name) ?? Outline;
        _name.Clear();
        Outline = null;
    }

    /// <summary>Of a heading; null for what is none.</summary>
    public int? Level(int style) => _levels.GetValueOrDefault(style);

    public bool IsOfContents(int style) => _contents.Contains(style);
}

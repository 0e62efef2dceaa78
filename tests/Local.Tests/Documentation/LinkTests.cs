using System.Text.RegularExpressions;
using Local.Tests.Support;

namespace Local.Tests.Documentation;

public sealed partial class LinkTests
{
    /// <summary>Pages and what they link to move; a link that leads nowhere is found out here.</summary>
    [Fact]
    public void Pages_RelativeLinks_LeadToFiles()
    {
        int links = 0;
        List<string> broken = [];
        foreach (string page in Pages())
        {
            foreach (Match match in Link().Matches(WithoutCode(File.ReadAllText(page))))
            {
                string target = match.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains(':', StringComparison.Ordinal))
                    continue;

                links++;
                string path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(target)));
                if (!Path.Exists(path))
                    broken.Add($"{Path.GetRelativePath(RepositoryRoot.Path, page)}: {target}");
            }
        }
        Assert.True(links > 50, $"{links} links were found.");
        Assert.Empty(broken);
    }

    /// <summary>A heading that was renamed or moved to another page leaves links that open a page's top: they are found out here.</summary>
    [Fact]
    public void Pages_Anchors_AreHeadings()
    {
        List<string> broken = [];
        foreach (string page in Pages())
        {
            foreach (Match match in Link().Matches(WithoutCode(File.ReadAllText(page))))
            {
                if (match.Groups[1].Value.Split('#') is not [var target, var anchor] || target.Contains(':', StringComparison.Ordinal))
                    continue;

                string path = target.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(target)));
                if (path.EndsWith(".md", StringComparison.Ordinal) && File.Exists(path) && !Anchors(path).Contains(anchor))
                    broken.Add($"{Path.GetRelativePath(RepositoryRoot.Path, page)}: {target}#{anchor}");
            }
        }
        Assert.Empty(broken);
    }

    /// <summary>As GitHub makes them: lower case, spaces to hyphens, letters, digits, hyphens and underscores kept.</summary>
    private static HashSet<string> Anchors(string page) => [.. Heading().Matches(Fenced().Replace(File.ReadAllText(page), ""))
        .Select(match => string.Concat(match.Groups[1].Value.Trim().ToLowerInvariant().Replace(' ', '-').Where(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_')))];

    /// <summary>Comments name pages by their paths from the root; others may be other projects' pages, or names in a test.</summary>
    [Fact]
    public void Code_PagesNamedInComments_AreThere()
    {
        var files = Folders("contracts", "documents", "functions", "gpu-worker", "infra", "local", "tests").SelectMany(folder => Directory.EnumerateFiles(folder, "*", Everywhere))
            .Where(file => Path.GetExtension(file) is ".cs" or ".bicep" or ".csproj" && !IsMade(file));
        var missing = files.SelectMany(file => Named().Matches(File.ReadAllText(file)).Select(match => (file, page: match.Value)))
            .Where(found => !File.Exists(Path.Combine(RepositoryRoot.Path, found.page)))
            .Select(found => $"{Path.GetRelativePath(RepositoryRoot.Path, found.file)}: {found.page}");
        Assert.Empty(missing);
    }

    private static EnumerationOptions Everywhere => new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };

    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(RepositoryRoot.Path, "*.md")
        .Concat(Folders("docs", "infra").SelectMany(folder => Directory.EnumerateFiles(folder, "*.md", Everywhere)))
        .Where(page => !IsMade(page));

    private static IEnumerable<string> Folders(params string[] names) => names.Select(name => Path.Combine(RepositoryRoot.Path, name)).Where(Directory.Exists);

    private static bool IsMade(string file) => Path.GetRelativePath(RepositoryRoot.Path, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules");

    private static string WithoutCode(string text) => Code().Replace(text, "");

    [GeneratedRegex(@"\]\(([^()\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"docs/(?:api|architecture|demo-models|documents|evaluation|guards|limits|local|operations|providers|retrieval|serving)[a-z0-9/-]*\.md")]
    private static partial Regex Named();
}

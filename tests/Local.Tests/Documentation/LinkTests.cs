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

    /// <summary>A section that was renamed, or that has moved to another page, leaves links to it behind.</summary>
    [Fact]
    public void Pages_LinksToSections_LeadToHeadings()
    {
        var links = Pages().SelectMany(page => Link().Matches(WithoutCode(File.ReadAllText(page))).Select(match => (page, parts: match.Groups[1].Value.Split('#'))))
            .Where(link => link.parts.Length == 2 && !link.parts[0].Contains(':', StringComparison.Ordinal))
            .Select(link => (link.page, link.parts, target: Path.GetFullPath(Path.Combine(Path.GetDirectoryName(link.page)!, link.parts[0].Length == 0 ? Path.GetFileName(link.page) : link.parts[0]))))
            .ToList();
        Assert.True(links.Count > 10, $"{links.Count} links were found.");
        Assert.Empty(links.Where(link => !Anchors(link.target).Contains(link.parts[1])).Select(link => $"{Path.GetRelativePath(RepositoryRoot.Path, link.page)}: {string.Join('#', link.parts)}"));
    }

    /// <summary>Comments name the pages of the worker by their paths from the root; others may be other projects' pages, or names in a test.</summary>
    [Fact]
    public void Code_PagesOfServingNamedInComments_AreThere()
    {
        var files = Folders("contracts", "functions", "gpu-worker", "infra", "local", "tests").SelectMany(folder => Directory.EnumerateFiles(folder, "*", Everywhere))
            .Where(file => Path.GetExtension(file) is ".cs" or ".bicep" or ".csproj" && !IsMade(file));
        var missing = files.SelectMany(file => Named().Matches(File.ReadAllText(file)).Select(match => (file, page: match.Value)))
            .Where(found => !File.Exists(Path.Combine(RepositoryRoot.Path, found.page)))
            .Select(found => $"{Path.GetRelativePath(RepositoryRoot.Path, found.file)}: {found.page}");
        Assert.Empty(missing);
    }

    /// <summary>What GitHub makes of a page's headings: in lower case, without signs, with hyphens for blanks.</summary>
    private static HashSet<string> Anchors(string page) =>
        [.. Heading().Matches(File.ReadAllText(page)).Select(match => NoAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    private static EnumerationOptions Everywhere => new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };

    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(RepositoryRoot.Path, "*.md")
        .Concat(Folders("docs", "infra").SelectMany(folder => Directory.EnumerateFiles(folder, "*.md", Everywhere)))
        .Where(page => !IsMade(page));

    private static IEnumerable<string> Folders(params string[] names) => names.Select(name => Path.Combine(RepositoryRoot.Path, name)).Where(Directory.Exists);

    private static bool IsMade(string file) => Path.GetRelativePath(RepositoryRoot.Path, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules");

    private static string WithoutCode(string text) => Code().Replace(text, "");

    [GeneratedRegex(@"\]\(([^()\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} +(.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"docs/serving[a-z0-9/-]*\.md")]
    private static partial Regex Named();
}

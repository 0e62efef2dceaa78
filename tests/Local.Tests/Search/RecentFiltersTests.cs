using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Local.Search;
using Serverless.Local.Search.Queries;

namespace Serverless.Local.Tests.Search;

/// <summary>What an index remembers of filters it was asked with before says of each document what asking it says, whatever is written in between.</summary>
public sealed class RecentFiltersTests
{
    private static readonly JsonObject Definition = (JsonObject)JsonNode.Parse(
        """{"name":"notes","fields":[{"name":"id","type":"Edm.String","key":true,"filterable":true},{"name":"owner","type":"Edm.String","filterable":true},{"name":"text","type":"Edm.String","searchable":true}]}""")!;

    /// <summary>Documents by number are written with an owner, by number too, or deleted, and after each change found by owner: more owners than filters are remembered.</summary>
    [Fact]
    public void Search_SameFiltersBetweenChanges_FindWhatIsThere() => Prop.ForAll(
        Gen.Choose(0, 5).SelectMany(document => Gen.Choose(-1, 19).Select(owner => (document, owner))).ListOf().ToArbitrary(),
        changes =>
        {
            var folder = Directory.CreateTempSubdirectory("filters-").FullName;
            try
            {
                using var service = new SearchService(Path.Combine(folder, "search.db"), TimeProvider.System, TimeSpan.Zero);
                service.Put((JsonObject)Definition.DeepClone(), allowUpdate: true, null, null);
                var owners = new SortedDictionary<string, int>(StringComparer.Ordinal);
                foreach (var (document, owner) in changes)
                {
                    var key = $"d{document}";
                    if (owner < 0) owners.Remove(key);
                    else owners[key] = owner;
                    service.Apply("notes", [new IndexAction(owner < 0 ? "delete" : "upload", JsonSerializer.SerializeToElement(new { id = key, owner = $"o{owner}", text = "leaf" }))], _ => 0);
                    for (var asked = 0; asked < 20; asked++)
                    {
                        foreach (var search in (string?[])[null, "leaf"])
                        {
                            var of = owners.Where(item => item.Value == asked || item.Value == asked + 1).Select(item => item.Key).ToList();
                            Assert.Equal(owners.Where(item => item.Value == asked).Select(item => item.Key), Find(service, $"owner eq 'o{asked}'", search));
                            Assert.Equal(of, Find(service, $"search.in(owner, 'o{asked}|o{asked + 1}', '|')", search));
                            Assert.Equal(of, Find(service, $"owner eq 'o{asked}' or owner eq 'o{asked + 1}'", search));
                            Assert.Equal(of.Where(key => key != "d0"), Find(service, $"search.in(owner, 'o{asked} o{asked + 1} none') and id ne 'd0'", search));
                        }
                    }
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));

    private static IEnumerable<string> Find(SearchService service, string filter, string? search)
    {
        var (_, page) = service.Search("notes", new SearchRequest { Filter = filter, Search = search });
        return page.Items.Select(item => item.Document.Key).Order(StringComparer.Ordinal);
    }
}

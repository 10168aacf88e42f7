using Conntrack.RouterOs.Settings;
using FsCheck;
using FsCheck.Fluent;

namespace Conntrack.RouterOs.Tests.Settings;

public sealed class RouterExportTests
{
    [Fact]
    public void Any_router_loads_back_identically() =>
        Prop.ForAll(RouterConfigurations.Any().ToArbitrary(), static configuration =>
        {
            string export = ScriptExporter.Export(configuration);
            LoadResult result = ScriptLoader.Load("export", export, RouterConfiguration.Default);
            Assert.True(configuration.Equals(result.Configuration), string.Join('\n', result.Diagnostics) + "\n" + export);
            Assert.Equal(export, ScriptExporter.Export(result.Configuration!));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}

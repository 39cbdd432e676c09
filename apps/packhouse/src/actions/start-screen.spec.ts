import { renderStartScreen } from './start-screen';

class EmptyModule {}
const facts = {
  version: '1.2.3',
  url: 'http://127.0.0.1:4880',
  dataFolder: '/srv/data',
  notices: [],
  startedInMs: 1234,
};

describe('the start screen', () => {
  it('says where it is, where the data is and how to stop', () => {
    const screen = renderStartScreen({ ...facts, services: [] });
    expect(screen).toMatch(/Packhouse 1\.2\.3 is ready \(1\.2 s\)/);
    expect(screen).toMatch(/Address +http:\/\/127\.0\.0\.1:4880\n/);
    expect(screen).toMatch(/Data +\/srv\/data\n/);
    expect(screen).toContain('Ctrl-C');
  });

  it('shows each format the lines that its clients need', () => {
    const service = {
      name: 'gateway-toy',
      module: EmptyModule,
      format: { id: 'toy', label: 'Toy', icon: 'toy', mount: '/toy' },
      clientSetup: (url: string) => [`registry=${url}/toy/`],
    };
    expect(renderStartScreen({ ...facts, services: [service] })).toContain(
      'Toy:\n  registry=http://127.0.0.1:4880/toy/\n',
    );
  });

  it('shows what services have to say once', () => {
    const screen = renderStartScreen({
      ...facts,
      notices: ['password  abc'],
      dataFolder: null,
      services: [],
    });
    expect(screen).toContain('  password  abc\n');
    expect(screen).not.toContain('Data');
  });
});
